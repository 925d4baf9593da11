import { expect, test } from 'vitest'
import { replayCall } from '../../../shared/delivery/deliveries.js'
import { createCall } from '../../../shared/engine/changeCall.js'
import { incomingCall, meeting, participantInfo } from '../../support/callFixtures.js'
import { CALL, createServiceFixture, type ServiceFixture } from '../../support/serviceFixture.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

const listRowKeys = async (fixture: ServiceFixture) =>
  (await fixture.tables.list('calls', { from: CALL, to: CALL, limit: 1_000 })).map(({ rowKey }) => rowKey)

/** The kinds of index rows, which lead from applications, people and requests to calls, with the calls. */
const listIndexRows = async (fixture: ServiceFixture) =>
  (
    await fixture.tables.list<{ callId?: string; calls?: { callId: string }[] }>('callIndex', { to: '~', limit: 1_000 })
  ).map(({ partitionKey, rowKey, value: { callId, calls = [] } }) => [
    rowKey.startsWith('request:') ? 'request' : partitionKey.split(':')[0],
    callId ?? calls.map((call) => call.callId).join(' '),
  ])
const listIndexKinds = async (fixture: ServiceFixture) => (await listIndexRows(fixture)).map(([kind]) => kind)

/** Advances the clock at once, and lets the sweep run. */
async function skip(fixture: ServiceFixture, ms: number): Promise<void> {
  fixture.clock.advance(ms)
  await fixture.run(30_000)
}

test('an ended call is kept for a day, and then all of its rows are removed', async () => {
  const fixture = createServiceFixture()
  await createCall(fixture.service, { ...meeting(['audio']), id: CALL }, 'communications', {
    id: 'create',
    isRetry: false,
  })
  await fixture.run(1_000)
  await fixture.changeCall({ type: 'invite', participants: [participantInfo('heidi'), participantInfo('ann')] })
  await fixture.changeCall({ type: 'personAnswers', personId: 'ann' })
  await fixture.changeCall({ type: 'personLeaves', personId: 'ann' })
  await fixture.changeCall({ type: 'hangUp' })
  await fixture.run(60_000)
  await skip(fixture, DAY - HOUR)
  expect(await listRowKeys(fixture)).toContain('call')
  expect(await listIndexKinds(fixture)).toEqual(['application', 'request', 'meeting', 'person', 'person'])
  expect((await fixture.readRecord()).call.state).toBe('terminated')

  await skip(fixture, HOUR)
  expect(await listRowKeys(fixture)).toEqual([])
  expect(await listIndexKinds(fixture)).toEqual([])
  expect(await fixture.listWatchdogTimes()).toEqual([])
})

test('an index row that leads to another call by now stays when a call is removed', async () => {
  const fixture = createServiceFixture({ RETENTION_MS: '600000' })
  const create = (id: string) =>
    createCall(fixture.service, { ...meeting(), id }, 'communications', { id: 'always the same', isRetry: false })
  await create(CALL)
  await fixture.changeCall({ type: 'hangUp' })
  await fixture.run(590_000)
  await create('later')
  await fixture.run(60_000)
  expect(await listRowKeys(fixture)).toEqual([])
  expect(await listIndexRows(fixture)).toEqual([
    ['application', 'later'],
    ['request', 'later'],
    ['meeting', 'later'],
  ])
})

test('a retried create has one index row of each kind', async () => {
  const fixture = createServiceFixture()
  for (const isRetry of [false, true]) {
    await createCall(fixture.service, { ...meeting(), id: CALL }, 'communications', { id: 'create', isRetry })
    fixture.clock.advance(2_000)
  }
  expect(await listIndexKinds(fixture)).toEqual(['application', 'request', 'meeting'])
})

test('a call that has not ended is kept at any age', async () => {
  const fixture = createServiceFixture({ KEEP_ALIVE_TIMEOUT_MS: String(100 * DAY) })
  await fixture.createCall(meeting())
  await fixture.run(60_000)
  await skip(fixture, 3 * DAY)
  expect((await fixture.readRecord()).call.state).toBe('established')
})

test('an ended call with a pending notification is kept until it is delivered', async () => {
  const fixture = createServiceFixture({ RETENTION_MS: '600000', NOTIFICATION_MAX_AGE_MS: String(DAY) })
  fixture.callback = () => ({ status: 500 })
  await fixture.createCall(incomingCall)
  await fixture.run(60_000)
  await skip(fixture, HOUR)
  expect((await fixture.readRecord()).call.state).toBe('terminated')
  expect((await fixture.readDelivery()).cursor).toBe(0)

  fixture.callback = () => ({ status: 202 })
  await fixture.run(400_000)
  expect(fixture.sent.at(-1)?.sequence).toBe(2)
  await skip(fixture, 600_000)
  expect(await listRowKeys(fixture)).toEqual([])
})

test('a dead-lettered call is kept for the retention time, and then removed', async () => {
  const fixture = createServiceFixture({ RETENTION_MS: '600000' })
  fixture.callback = () => ({ status: 410 })
  await fixture.createCall(incomingCall)
  await fixture.run(60_000)
  expect((await fixture.readDelivery()).deadLettered).toBeDefined()
  expect(await listRowKeys(fixture)).toContain('delivery')
  await skip(fixture, 700_000)
  expect(await listRowKeys(fixture)).toEqual([])
})

test('a call that is dead-lettered long after its end is kept for the retention time from then', async () => {
  const fixture = createServiceFixture({ RETENTION_MS: '600000', NOTIFICATION_MAX_AGE_MS: '1200000' })
  fixture.callback = () => ({ status: 500 })
  await fixture.createCall(incomingCall)
  await fixture.run(1_500_000)
  const { deadLettered } = await fixture.readDelivery()
  const endedAt = (await fixture.readRecord()).endedAt ?? 0
  expect(fixture.clock.now()).toBeGreaterThan(endedAt + 600_000)
  await skip(fixture, (deadLettered?.at ?? 0) + 550_000 - fixture.clock.now())
  expect(await listRowKeys(fixture)).toContain('delivery')
  await skip(fixture, 60_000)
  expect(await listRowKeys(fixture)).toEqual([])
})

test('a later sweep finishes the removal of a call after a crash at any storage request', async () => {
  let isFinished = false
  for (let point = 0; point < 20; point++) {
    const fixture = createServiceFixture({ RETENTION_MS: '600000' })
    await fixture.createCall(incomingCall)
    await fixture.run(60_000)
    fixture.clock.advance(600_000)
    let left = point
    fixture.tables.before = async () => {
      if (left-- === 0) await new Promise(() => undefined)
    }
    isFinished = false
    void fixture.sweep().then(() => {
      isFinished = true
    })
    for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve))
    fixture.tables.before = () => undefined
    await fixture.run(30_000)
    // After a crash at the last request the sweep finds no call, and leaves a void row.
    const rest = (await listRowKeys(fixture)).filter((rowKey) => rowKey !== 'call')
    expect(rest, `crash at request ${point}`).toEqual([])
    expect(await listIndexKinds(fixture), `crash at request ${point}`).toEqual([])
    expect((await fixture.service.calls.read(CALL)).record).toBeUndefined()
    expect(await fixture.listWatchdogTimes()).toEqual([])
  }
  expect(isFinished, 'the last sweep finishes, so that a crash at every request was tried').toBe(true)
})

test('a replay during the removal of a call is refused, or delivers its notifications', async () => {
  const outcomes = new Set<boolean>()
  for (let point = 0; point < 14; point++) {
    const fixture = createServiceFixture({ RETENTION_MS: '600000' })
    fixture.callback = () => ({ status: 410 })
    await fixture.createCall(incomingCall)
    await fixture.run(60_000)
    fixture.callback = () => ({ status: 202 })
    fixture.clock.advance(700_000)
    let left = point
    let isReplayed: boolean | undefined
    fixture.tables.before = async () => {
      if (left-- !== 0) return
      left = -1
      isReplayed = await replayCall(fixture.service, CALL)
    }
    await fixture.sweep()
    fixture.tables.before = () => undefined
    await fixture.run(30_000)
    // A replayed call is delivered and then removed, because its retention time has passed.
    expect(fixture.sent.at(-1)?.sequence, `at request ${point}`).toBe(isReplayed ? 2 : 1)
    expect((await fixture.service.calls.read(CALL)).record).toBeUndefined()
    if (isReplayed !== undefined) outcomes.add(isReplayed)
  }
  expect(outcomes, 'refused and delivered replays').toEqual(new Set([true, false]))
})
