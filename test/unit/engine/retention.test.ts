import { expect, test } from 'vitest'
import { createCall } from '../../../shared/engine/changeCall.js'
import { incomingCall, meeting, person } from '../../support/calls.js'
import { CALL, newWorld, type World } from '../../support/world.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const rowsOf = async (world: World) =>
  (await world.tables.list('calls', { from: CALL, to: CALL, limit: 1_000 })).map(({ rowKey }) => rowKey)

/** What leads to calls: of their applications, people and requests. */
const indexOf = async (world: World) =>
  (await world.tables.list('callIndex', { to: '~', limit: 1_000 })).map(
    ({ partitionKey }) => partitionKey.split(':')[0],
  )

/** Lets hours pass quickly: nothing happens in them but the sweep. */
async function pass(world: World, ms: number): Promise<void> {
  world.clock.advance(ms)
  await world.run(30_000)
}

test('a call that has ended is kept for a day, and then there is nothing of it', async () => {
  const world = newWorld()
  await createCall(world.service, { ...meeting(['audio']), id: CALL }, 'communications', {
    id: 'create',
    isRetry: false,
  })
  await world.run(1_000)
  await world.change({ type: 'invite', participants: [person('heidi'), person('ann')] })
  await world.change({ type: 'personAnswers', personId: 'ann' })
  await world.change({ type: 'personLeaves', personId: 'ann' })
  await world.change({ type: 'hangUp' })
  await world.run(60_000)
  await pass(world, DAY - HOUR)
  expect(await rowsOf(world)).toContain('call')
  expect(await indexOf(world)).toEqual(['application', 'person', 'person', 'request'])
  expect((await world.record()).call.state).toBe('terminated')

  await pass(world, HOUR)
  expect(await rowsOf(world)).toEqual([])
  expect(await indexOf(world)).toEqual([])
  expect(await world.watched()).toEqual([])
})

test('what leads to another call by now stays when a call is removed', async () => {
  const world = newWorld({ RETENTION_MS: '600000' })
  const make = (id: string) =>
    createCall(world.service, { ...meeting(), id }, 'communications', { id: 'always the same', isRetry: false })
  await make(CALL)
  await world.change({ type: 'hangUp' })
  await world.run(590_000)
  await make('later')
  await world.run(60_000)
  expect(await rowsOf(world)).toEqual([])
  const rows = await world.tables.list('callIndex', { to: '~', limit: 10 })
  expect(rows.map(({ partitionKey, value }) => [partitionKey.split(':')[0], value])).toEqual([
    ['application', { callId: 'later' }],
    ['request', expect.objectContaining({ callId: 'later' })],
  ])
})

test('a create that comes again leads to its call once', async () => {
  const world = newWorld()
  for (const isRetry of [false, true]) {
    await createCall(world.service, { ...meeting(), id: CALL }, 'communications', { id: 'create', isRetry })
    world.clock.advance(2_000)
  }
  expect(await indexOf(world)).toEqual(['application', 'request'])
})

test('a call that goes on is kept, however old it is', async () => {
  const world = newWorld({ KEEP_ALIVE_TIMEOUT_MS: String(100 * DAY) })
  await world.create(meeting())
  await world.run(60_000)
  await pass(world, 3 * DAY)
  expect((await world.record()).call.state).toBe('established')
})

test('a call of which something is owed is kept until that is delivered', async () => {
  const world = newWorld({ RETENTION_MS: '600000', NOTIFICATION_MAX_AGE_MS: String(DAY) })
  world.callback = () => ({ status: 500 })
  await world.create(incomingCall)
  await world.run(60_000)
  await pass(world, HOUR)
  expect((await world.record()).call.state).toBe('terminated')
  expect((await world.delivery()).cursor).toBe(0)

  world.callback = () => ({ status: 202 })
  await world.run(400_000)
  expect(world.sent.at(-1)?.sequence).toBe(2)
  await pass(world, 600_000)
  expect(await rowsOf(world)).toEqual([])
})

test('what was dead-lettered can begin anew for as long as any call is kept, and goes then', async () => {
  const world = newWorld({ RETENTION_MS: '600000' })
  world.callback = () => ({ status: 410 })
  await world.create(incomingCall)
  await world.run(60_000)
  expect((await world.delivery()).deadLettered).toBeDefined()
  expect(await rowsOf(world)).toContain('delivery')
  await pass(world, 700_000)
  expect(await rowsOf(world)).toEqual([])
})

test('whoever dies while a call is removed is followed by another', async () => {
  for (let point = 0; point < 20; point++) {
    const world = newWorld({ RETENTION_MS: '600000' })
    await world.create(incomingCall)
    await world.run(60_000)
    world.clock.advance(600_000)
    let left = point
    world.tables.before = async () => {
      if (left-- === 0) await new Promise(() => undefined)
    }
    void world.sweep()
    for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve))
    world.tables.before = () => undefined
    await world.run(30_000)
    // Of one that dies as its very last step the sweep finds no call, and leaves the mark of that.
    const rest = (await rowsOf(world)).filter((rowKey) => rowKey !== 'call')
    expect(rest, `dead at request ${point}`).toEqual([])
    expect(await indexOf(world), `dead at request ${point}`).toEqual([])
    expect((await world.service.calls.read(CALL)).record).toBeUndefined()
    expect(await world.watched()).toEqual([])
  }
})

test('a replay that comes while the call is removed is refused, or saves it', async () => {
  const { replayCall } = await import('../../../shared/delivery/deliveries.js')
  for (let point = 0; point < 14; point++) {
    const world = newWorld({ RETENTION_MS: '600000' })
    world.callback = () => ({ status: 410 })
    await world.create(incomingCall)
    await world.run(60_000)
    world.callback = () => ({ status: 202 })
    world.clock.advance(700_000)
    let left = point
    let replayed: boolean | undefined
    world.tables.before = async () => {
      if (left-- !== 0) return
      left = -1
      replayed = await replayCall(world.service, CALL)
    }
    await world.sweep()
    world.tables.before = () => undefined
    await world.run(30_000)
    // All of it was delivered, and as the day is long over, the call went after that.
    expect(world.sent.at(-1)?.sequence, `at request ${point}`).toBe(replayed ? 2 : 1)
    expect((await world.service.calls.read(CALL)).record).toBeUndefined()
  }
})
