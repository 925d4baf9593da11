import { expect, test } from 'vitest'
import { changeCall } from '../../../shared/engine/changeCall.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { answer, incomingCall, meeting, outgoingCall, person } from '../../support/calls.js'
import { both, CALL, failing, newWorld, once, owe, START, type World } from '../../support/world.js'

/** Sends no hint at all, as a host does that dies right after each commit. */
const loseHints = (world: World): void => {
  world.queues.before = () => {
    throw new StorageUnavailable('no answer')
  }
}
const sequences = ({ sent }: World) => sent.map(({ sequence }) => sequence)
const since = ({ clock }: World) => clock.now() - START

/** A call that waits for an answer for a day, with its first notification delivered. */
async function delivered(settings: Record<string, string> = {}): Promise<World> {
  const world = newWorld({ ANSWER_TIMEOUT_MS: '86400000', ...settings })
  await world.create(incomingCall)
  await world.drain()
  world.queues.take()
  return world
}

/** The rows that are not there for a call's removal, a day after its end. */
const dueSoon = async (world: World) =>
  (await world.watched()).filter((at) => at < world.clock.now() - START + 3_600_000)

test('when the wake of a commit was lost, the sweep sends one, and the call is looked at again', async () => {
  const world = newWorld()
  loseHints(world)
  await world.create(incomingCall)
  world.queues.before = () => undefined
  world.clock.advance(9_999)
  await world.sweep()
  expect(world.queues.take()).toEqual([])

  world.clock.advance(1)
  await world.sweep()
  expect(world.queues.take()).toEqual([{ queue: 'notifications', message: { callId: CALL }, delayMs: 0 }])
  // The sooner of the answer deadline, at 15 s, and of the next look, at 20 s.
  expect(await world.watched()).toEqual([15_000])
  expect((await world.record()).hasPendingWakeUp).toBe(true)
})

test('a hint of the sweep that is lost too is sent again and again', async () => {
  const world = newWorld()
  loseHints(world)
  await world.create(incomingCall)
  await world.run(40_000)
  expect(world.sent).toEqual([])
  expect((await world.record()).call.state).toBe('incoming')
  world.queues.before = () => undefined
  await world.run(30_000)
  // The announcement, and that nobody answered in time.
  expect(sequences(world)).toEqual([1, 2])
  expect((await world.record()).call).toMatchObject({ state: 'terminated', endReason: 'missed' })
})

test('when the hint for a timer was lost, the sweep sends one as soon as it is due', async () => {
  const world = newWorld()
  await world.create(meeting())
  await world.drain()
  world.queues.take()
  world.clock.advance(10_000)
  await world.sweep()
  expect(world.queues.take()).toEqual([
    { queue: 'call-timers', message: { callId: CALL, timer: 'connect' }, delayMs: 0 },
  ])
})

test('what a live lease or a wait is at gets no hint before that must be over, and is looked at then', async () => {
  const world = await delivered()
  await owe(world, 1)
  let during: unknown
  world.callback = async () => {
    world.clock.advance(10_000)
    await world.sweep()
    during = { hints: world.queues.take(), watched: await world.watched() }
    return { status: 503, retryAfterMs: 60_000 }
  }
  await world.drain()
  // The lease of 30 s and the 5 s by which clocks may differ.
  const hint = { queue: 'notifications', message: { callId: CALL }, delayMs: 26_000 }
  expect(during).toEqual({ hints: [hint], watched: [35_000] })

  expect(world.queues.take()).toMatchObject([{ delayMs: 60_000 }])
  world.clock.advance(25_000)
  await world.sweep()
  expect(world.queues.take()).toEqual([])
  expect(await world.watched()).toEqual([70_000])
  world.clock.advance(35_000)
  await world.sweep()
  expect(world.queues.take()).toEqual([{ queue: 'notifications', message: { callId: CALL }, delayMs: 0 }])
})

test('a lease whose host has died gets a hint when it is over, and everything is delivered', async () => {
  const world = await delivered()
  await owe(world, 2)
  world.callback = () => new Promise(() => undefined)
  void world.drain()
  await expect.poll(() => sequences(world)).toEqual([1, 2])
  world.callback = () => ({ status: 202 })
  await world.run(60_000)
  expect(sequences(world)).toEqual([1, 2, 2, 3])
  const again = world.sent[2]
  expect(again).toMatchObject({ sequence: 2, attempt: 2, id: world.sent[1]?.id })
  // 35 s for the lease; the hint that the sweep has sent meanwhile may come up to a second later.
  expect(again?.at).toBeGreaterThanOrEqual(35_000)
  expect(again?.at).toBeLessThanOrEqual(36_000)
})

test('a create that never came leaves a void row, and nobody looks any more', async () => {
  const world = newWorld()
  world.tables.before = failing('write calls', Number.POSITIVE_INFINITY)
  await expect(world.create(incomingCall)).rejects.toThrow(StorageUnavailable)
  world.tables.before = () => undefined
  await world.run(30_000)
  expect(await world.watched()).toEqual([])
  expect(await world.service.calls.read(CALL)).toEqual({ etag: expect.any(String) })
  await expect(changeCall(world.service, CALL, answer, { authorize: () => undefined })).rejects.toMatchObject({
    code: 'callNotFound',
  })
})

test('a create that comes after the void row conflicts with it, and succeeds with a row in watch of its own', async () => {
  const world = newWorld()
  world.tables.before = once('write calls', async () => {
    world.clock.advance(10_000)
    await world.sweep()
    expect(await world.watched()).toEqual([])
  })
  loseHints(world)
  await world.create(incomingCall)
  expect(await world.record()).toMatchObject({ sequence: 1, hasPendingWakeUp: true })
  expect(await world.watched()).toEqual([20_000])
  world.queues.before = () => undefined
  await world.run(30_000)
  expect(sequences(world)[0]).toBe(1)
})

test('a create that has seen one void row conflicts with the next', async () => {
  const world = newWorld()
  await world.service.calls.writeVoid(CALL, undefined)
  world.tables.before = once('write calls', async () => {
    world.clock.advance(10_000)
    await world.sweep()
  })
  await world.create(incomingCall)
  expect(await world.watched()).toEqual([20_000])
})

test('when nothing is near, near is taken back before the row goes', async () => {
  const world = await delivered()
  const steps: string[] = []
  world.tables.before = ({ name }) => void steps.push(name)
  world.clock.advance(10_000)
  await world.sweep()
  // The answer deadline, a day away, has its own row first.
  expect(steps).toEqual([
    'list watchdog',
    'read calls',
    'read calls',
    'write watchdog',
    'write calls',
    'write watchdog',
  ])
  expect((await world.record()).hasPendingWakeUp).toBe(false)
  expect(await world.watched()).toEqual([86_400_000])
})

test('a slow commit that counted on near fails, and goes again with a row of its own', async () => {
  const world = await delivered()
  loseHints(world)
  // The command has read near = true and sent its commit; before that arrives, the sweep takes the row away.
  world.tables.before = once('write calls', async () => {
    world.clock.advance(10_000)
    await world.sweep()
    expect(await world.watched()).toEqual([86_400_000])
  })
  await world.change(answer)
  expect(await world.record()).toMatchObject({ hasPendingWakeUp: true, sequence: 2, call: { version: 2 } })
  expect(await world.watched()).toEqual([20_000, 86_400_000])
  world.queues.before = () => undefined
  await world.run(40_000)
  expect(sequences(world)).toEqual([1, 2, 3, 4])
})

test('the fence is written also when near is false already, for the commit that has put its own row', async () => {
  const world = await delivered()
  await world.run(20_000)
  expect((await world.record()).hasPendingWakeUp).toBe(false)
  loseHints(world)
  // The command has put its row, and its commit takes so long that the sweep has looked at that row in vain.
  world.tables.before = once('write calls', async () => {
    world.clock.advance(10_000)
    await world.sweep()
    expect(await world.watched()).toEqual([86_400_000])
  })
  await world.change(answer)
  expect(await world.watched()).toEqual([40_000, 86_400_000])
  world.queues.before = () => undefined
  await world.run(40_000)
  expect(sequences(world)).toEqual([1, 2, 3, 4])
})

test('a row that a command puts anew between the fence and the removal stays', async () => {
  // A look so soon that the row of the command is the very row that the sweep is about to remove.
  const world = await delivered({ WATCHDOG_DELAY_MS: '0' })
  loseHints(world)
  let fenced = false
  world.tables.before = async ({ name }) => {
    if (name === 'write calls') fenced = true
    if (name !== 'write watchdog' || !fenced) return
    world.tables.before = () => undefined
    await world.change(answer)
  }
  await world.sweep()
  expect(await world.record()).toMatchObject({ hasPendingWakeUp: true, sequence: 2 })
  expect(await world.watched()).toEqual([0, 86_400_000])
  world.queues.before = () => undefined
  await world.run(40_000)
  expect(sequences(world)).toEqual([1, 2, 3, 4])
})

test('a commit that is faster than the fence keeps the row', async () => {
  const world = await delivered()
  loseHints(world)
  world.clock.advance(10_000)
  // The sweep has read the call, and found nothing near.
  world.tables.before = once('write watchdog', () => world.change({ type: 'hangUp' }))
  await world.sweep()
  expect((await world.record()).hasPendingWakeUp).toBe(true)
  expect(await world.watched()).toContain(10_000)
  world.queues.before = () => undefined
  await world.run(30_000)
  expect(sequences(world)).toEqual([1, 2, 3])
})

test('a far timer fires in its time, with no hint and no look in between', async () => {
  const world = await delivered({ ANSWER_TIMEOUT_MS: '2700000' })
  await world.run(20_000)
  let looks = 0
  world.tables.before = ({ name }) => {
    if (name === 'read calls') looks += 1
  }
  await world.run(2_700_000 - 25_000 - since(world) + 20_000)
  expect(looks).toBe(0)
  expect((await world.record()).call.state).toBe('incoming')
  await world.run(30_000)
  expect((await world.record()).call).toMatchObject({ state: 'terminated', endReason: 'missed' })
  expect(sequences(world)).toEqual([1, 2])
})

test('a bot that keeps its call alive keeps it, by the sweep alone', async () => {
  const world = await delivered()
  await world.change(answer)
  await world.run(20_000)
  const minutes = (count: number) => count * 60_000
  for (let kept = 0; kept < 4; kept++) {
    await world.run(minutes(40))
    await world.change({ type: 'keepAlive' })
  }
  expect((await world.record()).call.state).toBe('established')
  await world.run(minutes(44))
  expect((await world.record()).call.state).toBe('established')
  await world.run(minutes(2))
  expect((await world.record()).call).toMatchObject({ state: 'terminated', endReason: 'notKeptAlive' })
  await world.run(minutes(45))
  expect(await dueSoon(world)).toEqual([])
})

test.for([
  ['all hints come', true],
  ['no hint comes', false],
] as const)('when things are quiet no row is left, and everything was delivered in order: %s', async ([, hints]) => {
  const world = newWorld({ SIMULATOR_DEFAULT: 'answer' })
  await world.create(outgoingCall('ann', 'bob'), 'app')
  const lookAfter: World['run'] = async (ms) => {
    const { queues } = world
    if (hints) return world.run(ms)
    // Only the hints of the sweep come.
    queues.take()
    return world.run(ms)
  }
  await lookAfter(60_000)
  await world.change({ type: 'invite', participants: [person('eve')] })
  await lookAfter(60_000)
  await world.change({ type: 'hangUp' })
  // Until somebody looks for the last time, when the call would have had to be kept alive.
  await lookAfter(2_700_000)
  const { call, sequence, hasPendingWakeUp } = await world.record()
  expect({ state: call.state, hasPendingWakeUp }).toEqual({ state: 'terminated', hasPendingWakeUp: false })
  expect(sequence).toBeGreaterThan(5)
  expect(sequences(world)).toEqual(Array.from({ length: sequence }, (_, index) => index + 1))
  expect(await dueSoon(world)).toEqual([])
})

test('a parked call leaves no row, however much is owed', async () => {
  const world = await delivered({ ANSWER_TIMEOUT_MS: '1000' })
  world.callback = () => ({ status: 410 })
  await world.run(60_000)
  expect((await world.delivery()).deadLettered).toBeDefined()
  await owe(world, 3)
  await world.service.watchdog.add(CALL, world.clock.now())
  await world.run(20_000)
  expect(await dueSoon(world)).toEqual([])
  expect(sequences(world)).toEqual([1, 2])
})

test.for(['read calls', 'write calls', 'write watchdog'])(
  'when %s fails, the row stays for the next sweep',
  async (name) => {
    const world = await delivered()
    world.clock.advance(10_000)
    world.tables.before = failing(name)
    await world.sweep()
    expect(world.log.at(-1)).toBe(`sweep.postponed call=${CALL} error="no answer"`)
    expect(await world.watched()).toContain(10_000)
    await world.sweep()
    expect(await world.watched()).toEqual([86_400_000])
  },
)

test('when a hint cannot be sent, the row stays for the next sweep', async () => {
  const world = newWorld()
  loseHints(world)
  await world.create(incomingCall)
  world.clock.advance(10_000)
  await world.sweep()
  expect(await world.watched()).toEqual([10_000])
})

test('one call that cannot be looked at does not keep the others waiting', async () => {
  const world = newWorld()
  const ids = Array.from({ length: 40 }, (_, index) => `call-${index}`)
  loseHints(world)
  for (const id of ids) await world.create({ ...incomingCall, id })
  world.queues.before = () => undefined
  world.clock.advance(10_000)
  world.tables.before = both(failing('read calls'), failing('read calls'))
  await world.sweep()
  const hinted = world.queues.take().map(({ message }) => (message as { callId: string }).callId)
  expect(hinted).toHaveLength(38)
  expect(world.log).toHaveLength(2)
  await world.sweep()
  const rest = world.queues.take().map(({ message }) => (message as { callId: string }).callId)
  expect(new Set([...hinted, ...rest])).toEqual(new Set(ids))
})
