import { expect, test, vi } from 'vitest'
import { silentDecision } from '../../../shared/calls/updates.js'
import { replayCall } from '../../../shared/delivery/deliveries.js'
import { changeCall } from '../../../shared/engine/changeCall.js'
import { commitChange } from '../../../shared/engine/commit.js'
import { telemetryInstruments } from '../../../shared/platform/telemetry.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { answer, incomingCall, outgoingCall, participantInfo } from '../../support/callFixtures.js'
import {
  addPendingNotifications,
  assertDefined,
  CALL,
  combineHooks,
  createServiceFixture,
  failRequests,
  runOnce,
  type ServiceFixture,
  START,
  startHangingDelivery,
} from '../../support/serviceFixture.js'

/** Loses all wake-ups, as a host does that crashes right after each commit. */
const loseWakeUps = (fixture: ServiceFixture): void => {
  fixture.queues.before = () => {
    throw new StorageUnavailable('no answer')
  }
}
const sentSequences = ({ sent }: ServiceFixture) => sent.map(({ sequence }) => sequence)
const elapsed = ({ clock }: ServiceFixture) => clock.now() - START

/** An incoming call that waits a day for an answer and has no pending notification. */
async function createDeliveredCall(settings: Record<string, string> = {}): Promise<ServiceFixture> {
  const fixture = createServiceFixture({ ANSWER_TIMEOUT_MS: '86400000', ...settings })
  await fixture.createCall(incomingCall)
  await fixture.drain()
  fixture.queues.take()
  return fixture
}

/** The watchdog entries within the next hour. The entry for the removal of a call is a day after its end. */
const listNearWatchdogTimes = async (fixture: ServiceFixture) =>
  (await fixture.listWatchdogTimes()).filter((at) => at < fixture.clock.now() - START + 3_600_000)

test('the sweep sends the lost wake-up of a commit, and schedules the next inspection', async () => {
  const fixture = createServiceFixture()
  loseWakeUps(fixture)
  await fixture.createCall(incomingCall)
  fixture.queues.before = () => undefined
  fixture.clock.advance(9_999)
  await fixture.sweep()
  expect(fixture.queues.take()).toEqual([])

  fixture.clock.advance(1)
  await fixture.sweep()
  expect(fixture.queues.take()).toEqual([{ queue: 'notifications', message: { callId: CALL }, delayMs: 0 }])
  // The answer deadline at 15 s is earlier than the next inspection at 20 s.
  expect(await fixture.listWatchdogTimes()).toEqual([15_000])
  expect((await fixture.readRecord()).hasPendingWakeUp).toBe(true)
})

test('the sweep sends a wake-up again until one arrives', async () => {
  const fixture = createServiceFixture()
  loseWakeUps(fixture)
  await fixture.createCall(incomingCall)
  await fixture.run(40_000)
  expect(fixture.sent).toEqual([])
  expect((await fixture.readRecord()).call.state).toBe('incoming')
  fixture.queues.before = () => undefined
  await fixture.run(30_000)
  // The announcement of the call, and its end.
  expect(sentSequences(fixture)).toEqual([1, 2])
  expect((await fixture.readRecord()).call).toMatchObject({ state: 'terminated', endReason: 'missed' })
})

test('the sweep sends the lost wake-up of a timer when the timer is due', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  await fixture.drain()
  fixture.queues.take()
  fixture.clock.advance(15_000)
  await fixture.sweep()
  expect(fixture.queues.take()).toEqual([
    { queue: 'call-timers', message: { callId: CALL, timer: 'answerDeadline' }, delayMs: 0 },
  ])
})

test('the sweep sends no wake-up before a lease has expired or a retry is due', async () => {
  const fixture = await createDeliveredCall()
  await addPendingNotifications(fixture, 1)
  let during: unknown
  fixture.callback = async () => {
    fixture.clock.advance(10_000)
    await fixture.sweep()
    during = { wakeUps: fixture.queues.take(), watchdogTimes: await fixture.listWatchdogTimes() }
    return { status: 503, retryAfterMs: 60_000 }
  }
  await fixture.drain()
  // The lease of 30 s, the clock skew of 5 s, and 1 s because a message may be visible early.
  const wakeUp = { queue: 'notifications', message: { callId: CALL }, delayMs: 26_000 }
  expect(during).toEqual({ wakeUps: [wakeUp], watchdogTimes: [35_000] })

  expect(fixture.queues.take()).toMatchObject([{ delayMs: 60_000 }])
  fixture.clock.advance(25_000)
  await fixture.sweep()
  expect(fixture.queues.take()).toEqual([])
  expect(await fixture.listWatchdogTimes()).toEqual([70_000])
  fixture.clock.advance(35_000)
  await fixture.sweep()
  expect(fixture.queues.take()).toEqual([{ queue: 'notifications', message: { callId: CALL }, delayMs: 0 }])
})

test('the sweep sends no wake-up to a call while it waits in a full bulkhead of this process', async () => {
  const fixture = createServiceFixture({ CALLS_PER_CALLBACK_HOST: '1', LEASE_MS: '3600000' })
  await fixture.createCall(incomingCall)
  await fixture.createCall({ ...incomingCall, id: 'waiting' })
  const finish = await startHangingDelivery(fixture)
  await fixture.drain({ callId: 'waiting' })
  fixture.queues.take()
  const wakeUp = { queue: 'notifications', message: { callId: 'waiting' }, delayMs: 0 }

  fixture.clock.advance(10_000)
  await fixture.sweep()
  expect(fixture.queues.take()).not.toContainEqual(wakeUp)
  // The wake-up of the bulkhead is lost.
  loseWakeUps(fixture)
  await finish()
  fixture.queues.before = () => undefined
  fixture.clock.advance(10_000)
  await fixture.sweep()
  expect(fixture.queues.take()).toContainEqual(wakeUp)
})

test('after the host of a lease has died, all notifications are delivered when the lease expires', async () => {
  const fixture = await createDeliveredCall()
  await addPendingNotifications(fixture, 2)
  fixture.callback = () => new Promise(() => undefined)
  void fixture.drain()
  await expect.poll(() => sentSequences(fixture)).toEqual([1, 2])
  fixture.callback = () => ({ status: 202 })
  await fixture.run(60_000)
  expect(sentSequences(fixture)).toEqual([1, 2, 2, 3])
  const retried = fixture.sent[2]
  expect(retried).toMatchObject({ sequence: 2, attempt: 2, id: fixture.sent[1]?.id })
  // The lease takes 35 s; the wake-up of the sweep may arrive up to a second later.
  expect(retried?.at).toBeGreaterThanOrEqual(35_000)
  expect(retried?.at).toBeLessThanOrEqual(36_000)
})

test('a create that never arrives leaves a void row and no watchdog entry', async () => {
  const fixture = createServiceFixture()
  fixture.tables.before = failRequests('write calls', Number.POSITIVE_INFINITY)
  await expect(fixture.createCall(incomingCall)).rejects.toThrow(StorageUnavailable)
  fixture.tables.before = () => undefined
  await fixture.run(30_000)
  expect(await fixture.listWatchdogTimes()).toEqual([])
  expect(await fixture.service.calls.read(CALL)).toEqual({ etag: expect.any(String) })
  await expect(changeCall(fixture.service, CALL, answer, { authorize: () => undefined })).rejects.toMatchObject({
    code: 'callNotFound',
  })
})

test('a create that arrives after the void row conflicts with it, and writes a new watchdog entry', async () => {
  const fixture = createServiceFixture()
  fixture.tables.before = runOnce('write calls', async () => {
    fixture.clock.advance(10_000)
    await fixture.sweep()
    expect(await fixture.listWatchdogTimes()).toEqual([])
  })
  loseWakeUps(fixture)
  await fixture.createCall(incomingCall)
  expect(await fixture.readRecord()).toMatchObject({ sequence: 1, hasPendingWakeUp: true })
  expect(await fixture.listWatchdogTimes()).toEqual([20_000])
  fixture.queues.before = () => undefined
  await fixture.run(30_000)
  expect(sentSequences(fixture)[0]).toBe(1)
})

test('a create that has read a void row conflicts with the next void row', async () => {
  const fixture = createServiceFixture()
  await fixture.service.calls.writeVoid(CALL, undefined)
  fixture.tables.before = runOnce('write calls', async () => {
    fixture.clock.advance(10_000)
    await fixture.sweep()
  })
  await fixture.createCall(incomingCall)
  expect(await fixture.listWatchdogTimes()).toEqual([20_000])
})

test('the sweep clears hasPendingWakeUp before it deletes a watchdog entry', async () => {
  const fixture = await createDeliveredCall()
  const steps: string[] = []
  fixture.tables.before = ({ name }) => void steps.push(name)
  fixture.clock.advance(10_000)
  await fixture.sweep()
  // The entry for the answer deadline, a day away, is written first.
  expect(steps).toEqual([
    'list watchdog',
    'read calls',
    'read calls',
    'write watchdog',
    'write calls',
    'write watchdog',
  ])
  expect((await fixture.readRecord()).hasPendingWakeUp).toBe(false)
  expect(await fixture.listWatchdogTimes()).toEqual([86_400_000])
})

test('a slow commit that relied on hasPendingWakeUp conflicts, and writes a watchdog entry', async () => {
  const fixture = await createDeliveredCall()
  loseWakeUps(fixture)
  // The command has read hasPendingWakeUp = true. Before its commit arrives, the sweep deletes the entry.
  fixture.tables.before = runOnce('write calls', async () => {
    fixture.clock.advance(10_000)
    await fixture.sweep()
    expect(await fixture.listWatchdogTimes()).toEqual([86_400_000])
  })
  await fixture.changeCall(answer)
  expect(await fixture.readRecord()).toMatchObject({ hasPendingWakeUp: true, sequence: 4, call: { version: 3 } })
  expect(await fixture.listWatchdogTimes()).toEqual([20_000, 86_400_000])
  fixture.queues.before = () => undefined
  await fixture.run(40_000)
  expect(sentSequences(fixture)).toEqual([1, 2, 3, 4])
})

test('the sweep rewrites the call row also when hasPendingWakeUp is false, against a commit in flight', async () => {
  const fixture = await createDeliveredCall()
  await fixture.run(20_000)
  expect((await fixture.readRecord()).hasPendingWakeUp).toBe(false)
  loseWakeUps(fixture)
  // The command has written its entry. Before its commit arrives, the sweep inspects the call and deletes the entry.
  fixture.tables.before = runOnce('write calls', async () => {
    fixture.clock.advance(10_000)
    await fixture.sweep()
    expect(await fixture.listWatchdogTimes()).toEqual([86_400_000])
  })
  await fixture.changeCall(answer)
  expect(await fixture.listWatchdogTimes()).toEqual([40_000, 86_400_000])
  fixture.queues.before = () => undefined
  await fixture.run(40_000)
  expect(sentSequences(fixture)).toEqual([1, 2, 3, 4])
})

test('the sweep keeps a watchdog entry that a command writes between the call row and the deletion', async () => {
  // Without a delay, the command writes the same entry that the sweep is about to delete.
  const fixture = await createDeliveredCall({ WATCHDOG_DELAY_MS: '0' })
  loseWakeUps(fixture)
  let isCallRewritten = false
  fixture.tables.before = async ({ name }) => {
    if (name === 'write calls') isCallRewritten = true
    if (name !== 'write watchdog' || !isCallRewritten) return
    fixture.tables.before = () => undefined
    await fixture.changeCall(answer)
  }
  await fixture.sweep()
  expect(await fixture.readRecord()).toMatchObject({ hasPendingWakeUp: true, sequence: 4 })
  expect(await fixture.listWatchdogTimes()).toEqual([0, 86_400_000])
  fixture.queues.before = () => undefined
  await fixture.run(40_000)
  expect(sentSequences(fixture)).toEqual([1, 2, 3, 4])
})

test('the sweep keeps the watchdog entry when a commit is faster than its write of the call row', async () => {
  const fixture = await createDeliveredCall()
  loseWakeUps(fixture)
  fixture.clock.advance(10_000)
  // The sweep has read the call, and found no near timer.
  fixture.tables.before = runOnce('write watchdog', () => fixture.changeCall({ type: 'hangUp' }))
  await fixture.sweep()
  expect((await fixture.readRecord()).hasPendingWakeUp).toBe(true)
  expect(await fixture.listWatchdogTimes()).toContain(10_000)
  fixture.queues.before = () => undefined
  await fixture.run(30_000)
  expect(sentSequences(fixture)).toEqual([1, 2, 3])
})

test('the sweep executes a far timer on time, without reading the call before', async () => {
  const fixture = await createDeliveredCall({ ANSWER_TIMEOUT_MS: '2700000' })
  await fixture.run(20_000)
  let reads = 0
  fixture.tables.before = ({ name }) => {
    if (name === 'read calls') reads += 1
  }
  await fixture.run(2_700_000 - 25_000 - elapsed(fixture) + 20_000)
  expect(reads).toBe(0)
  expect((await fixture.readRecord()).call.state).toBe('incoming')
  await fixture.run(30_000)
  expect((await fixture.readRecord()).call).toMatchObject({ state: 'terminated', endReason: 'missed' })
  expect(sentSequences(fixture)).toEqual([1, 2])
})

test('a call lasts as long as its bot keeps it alive', async () => {
  const fixture = await createDeliveredCall()
  await fixture.changeCall(answer)
  await fixture.run(20_000)
  const minutes = (number: number) => number * 60_000
  for (let count = 0; count < 4; count++) {
    await fixture.run(minutes(40))
    await fixture.changeCall({ type: 'keepAlive' })
  }
  expect((await fixture.readRecord()).call.state).toBe('established')
  await fixture.run(minutes(44))
  expect((await fixture.readRecord()).call.state).toBe('established')
  await fixture.run(minutes(2))
  expect((await fixture.readRecord()).call).toMatchObject({ state: 'terminated', endReason: 'notKeptAlive' })
  await fixture.run(minutes(45))
  expect(await listNearWatchdogTimes(fixture)).toEqual([])
})

test.for([
  ['all wake-ups arrive', false],
  ['the wake-ups of all commands are lost', true],
] as const)('when %s, a call ends with all notifications delivered and no near watchdog entry', async ([, areLost]) => {
  const fixture = createServiceFixture({ SIMULATOR_DEFAULT: 'answer' })
  await fixture.createCall(outgoingCall('ann', 'bob'), 'app')
  const run = async (ms: number) => {
    if (areLost) fixture.queues.take()
    await fixture.run(ms)
  }
  await run(60_000)
  await fixture.changeCall({ type: 'invite', participants: [participantInfo('eve')] })
  await run(60_000)
  await fixture.changeCall({ type: 'hangUp' })
  // The last inspection is at the former keep-alive deadline.
  await run(2_700_000)
  const { call, sequence } = await fixture.readRecord()
  expect(call.state).toBe('terminated')
  expect(sequence).toBeGreaterThan(5)
  expect(sentSequences(fixture)).toEqual(Array.from({ length: sequence }, (_, index) => index + 1))
  expect(await listNearWatchdogTimes(fixture)).toEqual([])
})

test('a dead-lettered call has no near watchdog entry, although notifications follow', async () => {
  const fixture = await createDeliveredCall({ ANSWER_TIMEOUT_MS: '1000' })
  fixture.callback = () => ({ status: 410 })
  await fixture.run(60_000)
  expect((await fixture.readDelivery()).deadLettered).toBeDefined()
  await addPendingNotifications(fixture, 3)
  await fixture.service.watchdog.add(CALL, fixture.clock.now())
  await fixture.run(20_000)
  expect(await listNearWatchdogTimes(fixture)).toEqual([])
  expect(sentSequences(fixture)).toEqual([1, 2])
})

test.for(['read calls', 'write calls', 'write watchdog'])(
  'the sweep keeps a watchdog entry for the next sweep when the request "%s" fails',
  async (name) => {
    const fixture = await createDeliveredCall()
    fixture.clock.advance(10_000)
    fixture.tables.before = failRequests(name)
    await fixture.sweep()
    expect(fixture.log.at(-1)).toBe(`sweep.postponed call=${CALL} error="no answer"`)
    expect(await fixture.listWatchdogTimes()).toContain(10_000)
    await fixture.sweep()
    expect(await fixture.listWatchdogTimes()).toEqual([86_400_000])
  },
)

test('the sweep keeps a watchdog entry for the next sweep when it cannot send a wake-up', async () => {
  const fixture = createServiceFixture()
  loseWakeUps(fixture)
  await fixture.createCall(incomingCall)
  fixture.clock.advance(10_000)
  await fixture.sweep()
  expect(await fixture.listWatchdogTimes()).toEqual([10_000])
})

test('the sweep inspects all other calls when it cannot inspect one', async () => {
  const fixture = createServiceFixture()
  const ids = Array.from({ length: 40 }, (_, index) => `call-${index}`)
  loseWakeUps(fixture)
  for (const id of ids) await fixture.createCall({ ...incomingCall, id })
  fixture.queues.before = () => undefined
  fixture.clock.advance(10_000)
  fixture.tables.before = combineHooks(failRequests('read calls'), failRequests('read calls'))
  await fixture.sweep()
  const takeCallIds = () => fixture.queues.take().map(({ message }) => (message as { callId: string }).callId)
  const first = takeCallIds()
  expect(first).toHaveLength(38)
  expect(fixture.log).toHaveLength(2)
  await fixture.sweep()
  const second = takeCallIds()
  expect(new Set([...first, ...second])).toEqual(new Set(ids))
})

test('the sweep records how long the oldest notification has been pending, from its replay if there was one', async () => {
  const record = vi.spyOn(telemetryInstruments().oldestPending, 'record')
  const fixture = await createDeliveredCall()
  fixture.callback = () => ({ status: 410 })
  await addPendingNotifications(fixture, 1)
  fixture.clock.advance(30_000)
  await fixture.service.watchdog.add(CALL, fixture.clock.now())
  await fixture.sweep()
  expect(record).toHaveBeenLastCalledWith(30)
  await fixture.drain()
  fixture.clock.advance(600_000)
  await replayCall(fixture.service, CALL)
  fixture.clock.advance(10_000)
  await fixture.sweep()
  expect(record).toHaveBeenLastCalledWith(10)
})

test('the sweep records the oldest pending notification of several calls, also when it cannot send wake-ups', async () => {
  const record = vi.spyOn(telemetryInstruments().oldestPending, 'record')
  const fixture = createServiceFixture({ ANSWER_TIMEOUT_MS: '86400000' })
  await fixture.createCall({ ...incomingCall, id: 'older' })
  fixture.clock.advance(5_000)
  await fixture.createCall({ ...incomingCall, id: 'newer' })
  fixture.clock.advance(10_000)
  await fixture.sweep()
  expect(record).toHaveBeenLastCalledWith(15)
  loseWakeUps(fixture)
  fixture.clock.advance(30_000)
  await fixture.sweep()
  expect(record).toHaveBeenLastCalledWith(45)
})

test('a sweep inspects all due entries, even if they fill more than one page', async () => {
  const fixture = createServiceFixture()
  const { watchdog } = fixture.service
  for (let count = 0; count < 2_500; count++) await watchdog.add(`unknown-${count}`, fixture.clock.now())
  await fixture.sweep()
  expect(await fixture.listWatchdogTimes()).toEqual([])
})

test('a sweep that takes too long leaves the later entries to the next one, also in the middle of a page', async () => {
  const fixture = createServiceFixture()
  const { watchdog } = fixture.service
  for (let count = 0; count < 1_500; count++) await watchdog.add(`unknown-${count}`, fixture.clock.now())
  fixture.tables.after = runOnce('read calls', async () => fixture.clock.advance(60_001))
  await fixture.sweep()
  expect(fixture.log).toContain('sweep.unfinished ms=60001')
  // A sweep begins with eight inspections.
  expect(await fixture.tables.list('watchdog', { to: '~' })).toHaveLength(1_500 - 8)
  await fixture.sweep()
  expect(await fixture.listWatchdogTimes()).toEqual([])
})

test('a replay whose watchdog entry the sweep deletes conflicts, and writes one that a later sweep finds', async () => {
  const fixture = createServiceFixture()
  fixture.callback = () => ({ status: 410 })
  await fixture.createCall(incomingCall)
  await fixture.changeCall({ type: 'hangUp' })
  // In the middle of a bucket, so that the entry of the replay is due after six seconds.
  await fixture.run(64_000)
  expect((await fixture.readDelivery()).deadLettered).toBeDefined()
  fixture.callback = () => ({ status: 202 })
  loseWakeUps(fixture)
  // The sweep deletes the entry of the replay before its commit, whose reply is lost.
  fixture.tables.after = runOnce('write watchdog', async () => {
    fixture.clock.advance(6_000)
    await fixture.sweep()
    fixture.tables.after = failRequests('write calls')
  })
  await replayCall(fixture.service, CALL).catch(() => undefined)
  fixture.tables.after = () => undefined
  fixture.queues.before = () => undefined
  const before = fixture.sent.length
  await fixture.run(60_000)
  expect(sentSequences(fixture).slice(before)).toEqual([1, 2, 3])
})

test('a commit on a call that has ended writes a watchdog entry, although the sweep has left the flag true', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  await fixture.changeCall({ type: 'hangUp' })
  await fixture.run(60_000)
  expect((await fixture.readRecord()).hasPendingWakeUp).toBe(true)
  // No rule changes such a call today.
  await commitChange(fixture.service, CALL, async (record) => silentDecision(assertDefined(record).call))
  expect(await fixture.listWatchdogTimes()).toContain(fixture.clock.now() - START + 10_000)
})
