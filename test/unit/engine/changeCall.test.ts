import { expect, test } from 'vitest'
import type { Timer } from '../../../shared/calls/call.js'
import type { Command } from '../../../shared/calls/commands.js'
import { CallError } from '../../../shared/calls/errors.js'
import {
  applyTimer,
  changeCall,
  createCall,
  noAuthorization,
  startedOperation,
} from '../../../shared/engine/changeCall.js'
import type { ChangedCall } from '../../../shared/engine/commit.js'
import { fireCallTimer } from '../../../shared/engine/fireCallTimer.js'
import type { ClientRequest } from '../../../shared/storage/records.js'
import { StorageUnavailable, TooManyConflicts } from '../../../shared/storage/tables.js'
import { answer, incomingCall, meeting, outgoingCall, participantInfo } from '../../support/callFixtures.js'
import {
  assertDefined,
  CALL,
  createServiceFixture,
  failRequests,
  runOnce,
  type ServiceFixture,
  START,
} from '../../support/serviceFixture.js'

/** How often a commit is tried (shared/engine/commit.ts). */
const MAX_TRIES = 12
const hangUp = { type: 'hangUp' } as const
const invite = (...ids: string[]): Command => ({ type: 'invite', participants: ids.map(participantInfo) })

/** Records the storage requests and messages from now on. */
function recordSteps({ tables, queues }: ServiceFixture): string[] {
  const steps: string[] = []
  tables.before = ({ name }) => void steps.push(name)
  queues.before = (queue) => void steps.push(`send ${queue}`)
  return steps
}

/** The keep-alive deadline of a call that was established at the start: 45 minutes. */
const KEEP_ALIVE_DEADLINE = 2_700_000

/** A call whose only watchdog entry is far away, so that a command must write its own. */
async function createQuietCall(settings: Record<string, string> = {}): Promise<ServiceFixture> {
  const fixture = createServiceFixture({ SIMULATOR: 'false', ...settings })
  await fixture.createCall(meeting(), 'app')
  await fixture.run(60_000)
  expect(await fixture.listWatchdogTimes()).toEqual([KEEP_ALIVE_DEADLINE])
  return fixture
}

test('a create writes the index, the watchdog entry and the call, and then sends wake-ups', async () => {
  const fixture = createServiceFixture()
  const steps = recordSteps(fixture)
  await fixture.createCall(outgoingCall('ann'))
  expect(steps).toEqual([
    'write callIndex',
    'write callIndex',
    'write watchdog',
    'write calls',
    'send call-timers',
    'send notifications',
  ])
  expect(fixture.queues.take()).toEqual([
    {
      queue: 'call-timers',
      message: { callId: CALL, timer: expect.stringMatching('^ringTimedOut:') },
      delayMs: 25_000,
    },
    { queue: 'notifications', message: { callId: CALL }, delayMs: 0 },
  ])
  const rows = await fixture.tables.list('callIndex', { to: '~', limit: 10 })
  expect(rows.map(({ partitionKey, value }) => [partitionKey, value])).toEqual([
    ['application:bot', { callId: CALL }],
    [expect.stringMatching('^person:'), { callId: CALL }],
  ])
  expect(await fixture.listWatchdogTimes()).toEqual([10_000])
  expect(await fixture.readRecord()).toMatchObject({ hasPendingWakeUp: true, sequence: 1, dialect: 'communications' })
})

test('a command on a call without a near watchdog entry writes one before the commit', async () => {
  const fixture = await createQuietCall()
  expect((await fixture.readRecord()).hasPendingWakeUp).toBe(false)
  const steps = recordSteps(fixture)
  await fixture.changeCall({ type: 'personJoins', info: participantInfo('ann') })
  expect(steps).toEqual(['read calls', 'write callIndex', 'write watchdog', 'write calls', 'send notifications'])
  expect(await fixture.listWatchdogTimes()).toEqual([fixture.clock.now() - START + 10_000, KEEP_ALIVE_DEADLINE])
  expect((await fixture.readRecord()).hasPendingWakeUp).toBe(true)
})

test('a command on a call with a near watchdog entry writes no other', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  const steps = recordSteps(fixture)
  await fixture.changeCall(answer)
  expect(steps).toEqual(['read calls', 'write calls', 'send notifications'])
})

test('a commit without notifications sends no wake-up for a delivery', async () => {
  const fixture = await createQuietCall()
  fixture.queues.take()
  const { operations } = await fixture.changeCall(invite('ann'))
  expect(operations).toHaveLength(1)
  expect(fixture.queues.take().map(({ queue }) => queue)).toEqual(['call-timers'])
})

test('a timer more than a minute away sends no wake-up', async () => {
  const fixture = createServiceFixture({ ANSWER_TIMEOUT_MS: '60001' })
  await fixture.createCall(incomingCall)
  expect(fixture.queues.take().map(({ queue }) => queue)).toEqual(['notifications'])
})

test('a simulated person answers through a timer of the call, unless the simulator is off', async () => {
  const listTimers = async (settings: Record<string, string>) => {
    const fixture = createServiceFixture(settings)
    await fixture.createCall(outgoingCall('ann'))
    return (await fixture.readRecord()).call.timers.map(({ id, at, command }) => [
      id.split(':')[0],
      at - START,
      command.type,
    ])
  }
  const ringTimedOut = ['ringTimedOut', 25_000, 'ringTimedOut']
  expect(await listTimers({ SIMULATOR_DEFAULT: 'answer', SIMULATOR_ANSWER_AFTER_MS: '300' })).toEqual([
    ringTimedOut,
    ['reaction', 300, 'personAnswers'],
  ])
  expect(await listTimers({ SIMULATOR_DEFAULT: 'wait' })).toEqual([ringTimedOut])
  expect(await listTimers({ SIMULATOR_DEFAULT: 'answer', SIMULATOR: 'false' })).toEqual([ringTimedOut])
})

test.each([
  ['decline', 'personDeclines'],
  ['busy', 'personIsBusy'],
  ['answer', 'personAnswers'],
] as const)('a person whose reaction is %s does that instead of what the settings say', async (onCall, command) => {
  const fixture = createServiceFixture({ SIMULATOR_DEFAULT: 'wait' })
  fixture.service.behavior.reactions.set('ANN', { onCall, afterMs: 700 })
  await fixture.createCall(outgoingCall('ann'))
  const { timers } = (await fixture.readRecord()).call
  expect(timers).toContainEqual(
    expect.objectContaining({ at: START + 700, command: expect.objectContaining({ type: command }) }),
  )
})

test('a person whose reaction is wait rings until a request, and does what the settings say once it is removed', async () => {
  const countReactions = async (isRemoved: boolean) => {
    const fixture = createServiceFixture({ SIMULATOR_DEFAULT: 'answer' })
    const { reactions } = fixture.service.behavior
    reactions.set('ann', { onCall: 'wait', afterMs: 0 })
    if (isRemoved) reactions.clear('ann')
    await fixture.createCall(outgoingCall('ann'))
    return (await fixture.readRecord()).call.timers.filter(({ id }) => id.startsWith('reaction:')).length
  }
  expect(await countReactions(false)).toBe(0)
  expect(await countReactions(true)).toBe(1)
})

test('a wake-up that cannot be sent is no error', async () => {
  const fixture = createServiceFixture()
  fixture.queues.before = () => {
    throw new StorageUnavailable('no answer')
  }
  const { call } = await fixture.createCall(incomingCall)
  expect(call.state).toBe('incoming')
  expect(fixture.queues.take()).toEqual([])
  expect(await fixture.listWatchdogTimes()).toEqual([10_000])
})

test.for(['write callIndex', 'write watchdog'])(
  'a create commits nothing when the request "%s" fails',
  async (name) => {
    const fixture = createServiceFixture()
    fixture.tables.before = failRequests(name)
    await expect(fixture.createCall(incomingCall)).rejects.toThrow(StorageUnavailable)
    expect(await fixture.service.calls.read(CALL)).toEqual({})
    expect(fixture.queues.take()).toEqual([])
  },
)

test('a refused command changes nothing', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  const before = await fixture.service.calls.read(CALL)
  fixture.queues.take()
  const steps = recordSteps(fixture)
  await expect(fixture.changeCall(invite('ann'))).rejects.toThrow(CallError)
  expect(steps).toEqual(['read calls'])
  expect(await fixture.service.calls.read(CALL)).toEqual(before)
  expect(fixture.queues.take()).toEqual([])
})

test('the authorization of a command sees the call, and its refusal changes nothing', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  const before = await fixture.service.calls.read(CALL)
  const seen: string[] = []
  const change = changeCall(fixture.service, CALL, answer, {
    authorize: (call) => {
      seen.push(call.applicationId)
      throw new Error('not yours')
    },
  })
  await expect(change).rejects.toThrow('not yours')
  expect(seen).toEqual(['bot'])
  expect(await fixture.service.calls.read(CALL)).toEqual(before)
})

test('a command on an unknown or void call is refused with callNotFound', async () => {
  const fixture = createServiceFixture()
  await expect(fixture.changeCall(hangUp)).rejects.toMatchObject({ code: 'callNotFound' })
  await fixture.service.calls.writeVoid(CALL, undefined)
  await expect(fixture.changeCall(hangUp)).rejects.toMatchObject({ code: 'callNotFound' })
  expect(await fixture.listWatchdogTimes()).toEqual([])
})

test('a command that conflicts is decided again on the new state', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  fixture.tables.before = runOnce('write calls', () => fixture.changeCall(hangUp))
  await expect(fixture.changeCall(answer)).rejects.toMatchObject({ code: 'callNotFound' })
  expect((await fixture.readRecord()).call.state).toBe('terminated')
  expect(fixture.clock.slept).toEqual([25])
})

test('two concurrent commands both take effect', async () => {
  const fixture = await createQuietCall()
  fixture.tables.before = runOnce('write calls', () => fixture.changeCall(invite('bob')))
  const { sequence } = await fixture.readRecord()
  await fixture.changeCall({ type: 'personJoins', info: participantInfo('ann') })
  const { call, sequence: after } = await fixture.readRecord()
  expect(call.ringing.map(({ info }) => info.identity.id)).toEqual(['bob'])
  expect(call.participants.map(({ info }) => info.identity.id)).toContain('ann')
  expect(after).toBe(sequence + 1)
})

test('a command that conflicts twelve times throws TooManyConflicts and changes nothing', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  let tries = 0
  fixture.tables.before = async ({ name, rowKeys }) => {
    if (name !== 'write calls' || rowKeys.length === 1) return
    tries += 1
    const { record, etag } = await fixture.service.calls.read(CALL)
    await fixture.service.calls.setPendingWakeUp({ record: assertDefined(record), etag: assertDefined(etag) }, true)
  }
  await expect(fixture.changeCall(answer)).rejects.toThrow(TooManyConflicts)
  expect(tries).toBe(MAX_TRIES)
  expect((await fixture.readRecord()).call.state).toBe('incoming')
  // Each delay is longer; its jitter is fixed here.
  expect(fixture.clock.slept).toEqual(Array.from({ length: MAX_TRIES }, (_, index) => 25 * (index + 1)))
})

const PROMPT = { type: 'playPrompt', prompts: [{ mediaInfo: { uri: 'https://bot.example/a.wav' } }] } as const

/** The kinds of commits: a new call, and with or without notifications (`hangUp` has none in the 2019 API). */
const COMMITS: [
  string,
  (fixture: ServiceFixture) => Promise<unknown>,
  (fixture: ServiceFixture) => Promise<unknown>,
  object,
][] = [
  [
    'a create',
    async () => undefined,
    (fixture) => fixture.createCall(incomingCall),
    { sequence: 1, call: { version: 1 } },
  ],
  [
    'a command with notifications',
    (fixture) => fixture.createCall(incomingCall),
    (fixture) => fixture.changeCall(answer),
    { sequence: 4, call: { version: 3, state: 'established' } },
  ],
  [
    'a command without notifications',
    async (fixture) => {
      await fixture.createCall(outgoingCall('ann'), 'app')
      await fixture.changeCall({ type: 'personAnswers', personId: 'ann' })
    },
    (fixture) => fixture.changeCall(PROMPT),
    { sequence: 2, call: { version: 3, state: 'established' } },
  ],
]

test.for(COMMITS)(
  '%s whose reply was lost is reported as successful and committed once',
  async ([, prepare, act, expected]) => {
    const fixture = createServiceFixture()
    await prepare(fixture)
    fixture.queues.take()
    fixture.tables.after = failRequests('write calls')
    const changed = await act(fixture)
    const record = await fixture.readRecord()
    expect(record).toMatchObject(expected)
    expect(changed).toMatchObject({ call: JSON.parse(JSON.stringify(record.call)) })
    // Its wake-ups are sent too.
    expect(fixture.queues.take()).not.toEqual([])
  },
)

test.for(COMMITS)('%s that did not arrive is committed once by a later try', async ([, prepare, act, expected]) => {
  const fixture = createServiceFixture()
  await prepare(fixture)
  fixture.tables.before = failRequests('write calls', 2)
  const changed = await act(fixture)
  const record = await fixture.readRecord()
  expect(record).toMatchObject(expected)
  expect(changed).toMatchObject({ call: JSON.parse(JSON.stringify(record.call)) })
})

test.for(COMMITS)('%s that arrives during its second try is committed once', async ([, prepare, act, expected]) => {
  const fixture = createServiceFixture()
  await prepare(fixture)
  // The first try gets no answer. It arrives after the read of the second try and before its commit.
  let late: (() => Promise<unknown>) | undefined
  const { tables } = fixture
  const write = tables.write.bind(tables)
  tables.write = async (table, partitionKey, writes) => {
    if (table !== 'calls') return write(table, partitionKey, writes)
    if (!late) {
      late = () => write(table, partitionKey, writes)
      throw new StorageUnavailable('no answer')
    }
    tables.write = write
    await late()
    return write(table, partitionKey, writes)
  }
  const changed = await act(fixture)
  const record = await fixture.readRecord()
  expect(record).toMatchObject(expected)
  expect(changed).toMatchObject({ call: JSON.parse(JSON.stringify(record.call)) })
})

test('the returned operation is the stored one when the first try and the reply of the second are lost', async () => {
  const fixture = await createQuietCall()
  fixture.tables.before = failRequests('write calls')
  let replies = 0
  fixture.tables.after = ({ name }) => {
    if (name === 'write calls' && ++replies === 1) throw new StorageUnavailable('no answer')
  }
  const { id } = startedOperation(await fixture.changeCall(invite('ann')))
  expect((await fixture.readRecord()).call.operations.map((operation) => operation.id)).toEqual([id])
  expect(await fixture.service.calls.readOperation(CALL, id)).toMatchObject({ id, status: 'running' })
})

test('a command whose last try is committed without a reply is reported as successful', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall, 'app')
  fixture.tables.before = failRequests('write calls', 11)
  let replies = 0
  fixture.tables.after = ({ name }) => {
    if (name === 'write calls' && ++replies === 1) throw new StorageUnavailable('no answer')
  }
  expect((await fixture.changeCall(hangUp)).call.state).toBe('terminated')
  expect((await fixture.readRecord()).call.version).toBe(2)
})

test('a command throws StorageUnavailable and changes nothing when the storage answers no commit', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  const before = await fixture.service.calls.read(CALL)
  fixture.tables.before = failRequests('write calls', Number.POSITIVE_INFINITY)
  await expect(fixture.changeCall(answer)).rejects.toThrow(StorageUnavailable)
  expect(await fixture.service.calls.read(CALL)).toEqual(before)
})

test('a timer is executed once, when it is due', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  const fire = () => applyTimer(fixture.service, { callId: CALL, timer: 'answerDeadline' }, { type: 'answerTimedOut' })
  const before = await fixture.service.calls.read(CALL)
  fixture.clock.advance(14_999)
  await fire()
  expect(await fixture.service.calls.read(CALL)).toEqual(before)
  fixture.clock.advance(1)
  await fire()
  const after = await fixture.service.calls.read(CALL)
  expect(after.record?.call).toMatchObject({ state: 'terminated', endReason: 'missed' })
  await fire()
  expect(await fixture.service.calls.read(CALL)).toEqual(after)
})

test('two processes that execute a timer at the same time execute it once', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  fixture.clock.advance(15_000)
  const fire = () => applyTimer(fixture.service, { callId: CALL, timer: 'answerDeadline' }, { type: 'answerTimedOut' })
  fixture.tables.before = runOnce('write calls', fire)
  await fire()
  const { call, sequence } = await fixture.readRecord()
  expect(call).toMatchObject({ state: 'terminated', version: 2 })
  // The incoming call, and its end.
  expect(sequence).toBe(2)
})

test('a timer whose command is refused is removed without a notification', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  const stray = { id: 'stray', at: START, command: { type: 'personAnswers', personId: 'unknown' } } as const
  await addTimer(fixture, stray)
  await applyTimer(fixture.service, { callId: CALL, timer: 'stray' }, stray.command)
  const after = await fixture.readRecord()
  expect(after.call.timers.map(({ id }) => id)).toEqual(['answerDeadline'])
  expect(after).toMatchObject({ sequence: 1, call: { state: 'incoming' } })
})

test('an unknown timer, or one of an unknown call, does nothing', async () => {
  const fixture = createServiceFixture()
  await applyTimer(fixture.service, { callId: CALL, timer: 'unknown' }, { type: 'keepAliveTimedOut' })
  await fireCallTimer(fixture.service, { callId: CALL, timer: 'unknown' })
  await fixture.createCall(incomingCall)
  const before = await fixture.service.calls.read(CALL)
  await applyTimer(fixture.service, { callId: CALL, timer: 'unknown' }, { type: 'keepAliveTimedOut' })
  await fireCallTimer(fixture.service, { callId: CALL, timer: 'unknown' })
  expect(await fixture.service.calls.read(CALL)).toEqual(before)
  expect(fixture.clock.slept).toEqual([])
})

test('the wake-up of a timer sleeps for up to a second, and is sent again for a longer wait', async () => {
  const fixture = createServiceFixture({ ANSWER_TIMEOUT_MS: '100000' })
  await fixture.createCall(incomingCall)
  fixture.queues.take()
  const message = { callId: CALL, timer: 'answerDeadline' }
  const wakeUp = () => fireCallTimer(fixture.service, message)

  await wakeUp()
  expect(fixture.queues.take()).toEqual([{ queue: 'call-timers', message, delayMs: 60_000 }])
  fixture.clock.advance(60_000)
  await wakeUp()
  expect(fixture.queues.take()).toEqual([{ queue: 'call-timers', message, delayMs: 40_000 }])
  fixture.clock.advance(38_999)
  await wakeUp()
  expect(fixture.queues.take()).toEqual([{ queue: 'call-timers', message, delayMs: 1_000 }])
  expect(fixture.clock.slept).toEqual([])
  expect((await fixture.readRecord()).call.state).toBe('incoming')

  fixture.clock.advance(1)
  await wakeUp()
  expect(fixture.clock.slept).toEqual([1_000])
  expect((await fixture.readRecord()).call.state).toBe('terminated')
  expect(fixture.queues.take().map(({ queue }) => queue)).toEqual(['notifications'])
})

test('a timer fires although its sleep ends a millisecond early', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  fixture.clock.advance(14_500)
  const clock = {
    now: fixture.clock.now,
    sleep: async (ms: number) => fixture.clock.advance(Math.max(ms - 1, 1)),
  }
  await fireCallTimer({ ...fixture.service, clock }, { callId: CALL, timer: 'answerDeadline' })
  expect((await fixture.readRecord()).call.state).toBe('terminated')
})

test('the wake-up of an overdue timer does not sleep', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  fixture.clock.advance(20_000)
  await fireCallTimer(fixture.service, { callId: CALL, timer: 'answerDeadline' })
  expect(fixture.clock.slept).toEqual([])
  expect((await fixture.readRecord()).call.state).toBe('terminated')
})

/** Adds a timer to the stored call. */
async function addTimer({ service, readRecord }: ServiceFixture, timer: Timer): Promise<void> {
  const read = await service.calls.read(CALL)
  const { call, ...rest } = await readRecord()
  const record = { ...rest, call: { ...call, timers: [...call.timers, timer] } }
  await service.calls.commit(read, { id: timer.id, record, operations: [], notifications: [], indexRows: [] })
}

/** A call whose wake-ups are late: Ann would answer after 700 ms, and her ringing ends after 25 s. */
async function createLateCall(): Promise<ServiceFixture & { readonly timers: readonly [string, string] }> {
  const fixture = createServiceFixture({ SIMULATOR_DEFAULT: 'answer', SIMULATOR_ANSWER_AFTER_MS: '700' })
  await fixture.createCall(outgoingCall('ann'))
  fixture.clock.advance(30_000)
  const { timers } = (await fixture.readRecord()).call
  const [first, second] = timers.toSorted((a, b) => a.at - b.at).map(({ id }) => id)
  return { ...fixture, timers: [assertDefined(first), assertDefined(second)] }
}

test('an overdue timer fires after the timers that were due earlier', async () => {
  const fixture = await createLateCall()
  const [reaction, ringTimedOut] = fixture.timers
  expect([reaction, ringTimedOut]).toEqual([
    expect.stringMatching('^reaction:'),
    expect.stringMatching('^ringTimedOut:'),
  ])
  await fireCallTimer(fixture.service, { callId: CALL, timer: ringTimedOut })
  const { call } = await fixture.readRecord()
  expect(call).toMatchObject({ state: 'established', ringing: [] })
  expect(call.participants.map(({ info }) => info.identity.id)).toContain('ann')
})

test('a timer fires after all timers that were due earlier, in their order', async () => {
  const fixture = await createLateCall()
  const command = { type: 'personLeaves', personId: 'ann' } as const
  await addTimer(fixture, { id: 'last', at: START + 26_000, command })
  await fireCallTimer(fixture.service, { callId: CALL, timer: 'last' })
  expect((await fixture.readRecord()).call).toMatchObject({ state: 'terminated', endReason: 'otherSideEnded' })
})

test('a timer does not fire before an earlier one that the storage refused', async () => {
  const fixture = await createLateCall()
  fixture.tables.before = failRequests('write calls', MAX_TRIES)
  const firing = fireCallTimer(fixture.service, { callId: CALL, timer: fixture.timers[1] })
  await expect(firing).rejects.toBeInstanceOf(StorageUnavailable)
  const { call } = await fixture.readRecord()
  expect(call).toMatchObject({ state: 'establishing' })
  expect(call.timers.map(({ id }) => id)).toEqual(expect.arrayContaining([...fixture.timers]))
})

test('a timer fires although an earlier one fails for another reason than the storage', async () => {
  const fixture = await createLateCall()
  fixture.tables.before = runOnce('write calls', () => Promise.reject(new Error('a bug')))
  await fireCallTimer(fixture.service, { callId: CALL, timer: fixture.timers[1] })
  expect((await fixture.readRecord()).call).toMatchObject({ state: 'terminated', endReason: 'unanswered' })
})

test('a timer fires although an earlier step between two calls meets a storage that does not answer', async () => {
  const fixture = createServiceFixture()
  const beta = { identity: { kind: 'application', id: 'beta' } } as const
  await fixture.createCall({ ...outgoingCall(), targets: [beta], legCallIds: { beta: 'call-of-beta' } })
  fixture.clock.advance(30_000)
  fixture.tables.before = failRequests('read bots', Number.POSITIVE_INFINITY)
  const { timers } = (await fixture.readRecord()).call
  const { id } = assertDefined(timers.find(({ command }) => command.type === 'ringTimedOut'))
  expect(timers.map(({ command }) => command.type)).toContain('offerLeg')
  await fireCallTimer(fixture.service, { callId: CALL, timer: id })
  expect((await fixture.readRecord()).call).toMatchObject({ state: 'terminated', endReason: 'unanswered' })
})

test('the wake-up of a timer ends when the timer gets another time', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(meeting())
  fixture.queues.take()
  fixture.clock.advance(KEEP_ALIVE_DEADLINE - 500)
  const clock = {
    now: fixture.clock.now,
    sleep: async (ms: number) => {
      await changeCall(fixture.service, CALL, { type: 'keepAlive' }, noAuthorization)
      fixture.clock.advance(ms)
    },
  }
  await fireCallTimer({ ...fixture.service, clock }, { callId: CALL, timer: 'keepAlive' })
  expect(fixture.queues.take()).toEqual([])
  expect((await fixture.readRecord()).call.state).toBe('established')
})

const REQUEST = { id: 'call-create request', isRetry: false }
const RETRY = { ...REQUEST, isRetry: true }

test('a retried create that is faster than the first request creates the only call', async () => {
  const fixture = createServiceFixture()
  const { service } = fixture
  const command = outgoingCall('heidi')
  // Each request has its own id for the call.
  const retry = () => createCall(service, { ...command, id: 'never used' }, 'communications', RETRY)
  let retried: ChangedCall | undefined
  fixture.tables.before = runOnce('write calls', async () => {
    retried = await retry()
  })
  const first = await createCall(service, command, 'communications', REQUEST)

  expect([first.call.id, retried?.call.id]).toEqual([CALL, CALL])
  expect((await fixture.readRecord()).sequence).toBe(1)
  expect((await service.calls.read('never used')).record).toBeUndefined()
})

test('a retried command does nothing when the first request is committed in between', async () => {
  const fixture = createServiceFixture()
  const { service } = fixture
  await fixture.createCall(incomingCall)
  const change = (request: ClientRequest) => changeCall(service, CALL, answer, { authorize: () => undefined, request })
  let first: ChangedCall | undefined
  fixture.tables.before = runOnce('write calls', async () => {
    first = await change(REQUEST)
  })
  const retried = await change(RETRY)

  expect(assertDefined(retried.operations[0]).id).toBe(assertDefined(first?.operations[0]).id)
  expect((await fixture.readRecord()).sequence).toBe(4)
})

test('a retry finds the command of a request that was committed and answered with 503', async () => {
  const fixture = createServiceFixture()
  const { service } = fixture
  await fixture.createCall(incomingCall)
  const change = (request: ClientRequest) => changeCall(service, CALL, answer, { authorize: () => undefined, request })
  // The commit succeeds, and then the storage answers nothing: the client gets 503.
  fixture.tables.after = runOnce('write calls', async () => {
    fixture.tables.before = () => {
      throw new StorageUnavailable('no answer')
    }
    throw new StorageUnavailable('no answer')
  })
  await expect(change(REQUEST)).rejects.toThrow(StorageUnavailable)
  fixture.tables.before = () => undefined
  const retried = await change(RETRY)
  expect(retried.operations).toMatchObject([{ type: 'answer', status: 'completed' }])
})

test('a call remembers its last twenty requests', async () => {
  const fixture = createServiceFixture()
  const { service } = fixture
  await fixture.createCall(meeting())
  await fixture.run(1_000)
  const mute = async (id: string, isRetry = false) => {
    const request = { id, isRetry }
    const muted = await changeCall(service, CALL, { type: 'mute' }, { authorize: () => undefined, request })
    return startedOperation(muted).id
  }
  const first: string[] = []
  for (let count = 1; count <= 21; count++) first.push(await mute(`mute ${count}`))
  const retried: string[] = []
  for (let count = 2; count <= 21; count++) retried.push(await mute(`mute ${count}`, true))
  expect(retried).toEqual(first.slice(1))
  expect(await mute('mute 1', true), 'a forgotten request acts again').not.toBe(first[0])
})

test('a retry is authorized like the first request', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(incomingCall)
  await changeCall(fixture.service, CALL, answer, { authorize: () => undefined, request: REQUEST })
  const refuse = () => {
    throw new Error('not yours')
  }
  await expect(changeCall(fixture.service, CALL, answer, { authorize: refuse, request: RETRY })).rejects.toThrow(
    'not yours',
  )
})

test('a slow create does nothing when its retry overtakes it at any storage request', async () => {
  for (const point of ['write callIndex', 'write watchdog', 'write calls']) {
    const fixture = createServiceFixture()
    const { service } = fixture
    const command = outgoingCall('heidi')
    let retried: ChangedCall | undefined
    fixture.tables.before = runOnce(point, async () => {
      fixture.clock.advance(5_000)
      retried = await createCall(service, { ...command, id: 'of the retry' }, 'communications', RETRY)
    })
    const first = await createCall(service, command, 'communications', REQUEST)
    expect(first.call.id, point).toBe(retried?.call.id)
    const ids = [CALL, 'of the retry']
    const isCreated = await Promise.all(ids.map(async (id) => (await service.calls.read(id)).record !== undefined))
    expect(isCreated.filter(Boolean), point).toHaveLength(1)
  }
})

test('a slow command is not executed again when its retry overtakes it', async () => {
  for (const point of ['read calls', 'write calls']) {
    const fixture = createServiceFixture()
    const { service } = fixture
    await fixture.createCall(meeting(['audio']))
    await fixture.run(1_000)
    const play = (request: ClientRequest) => changeCall(service, CALL, PROMPT, { authorize: () => undefined, request })
    fixture.tables.before = runOnce(point, async () => {
      fixture.clock.advance(5_000)
      await play(RETRY)
    })
    await play(REQUEST)
    expect((await fixture.readRecord()).call.operations, point).toHaveLength(1)
  }
})

test.each([
  ['recognized up to two minutes', 119_000, 1],
  ['taken for another request beyond two minutes', 121_000, 2],
])('a retry that overtakes a slow command on a host whose clock is behind is %s', async (_, earlierMs, operations) => {
  const fixture = createServiceFixture()
  await fixture.createCall(meeting(['audio']))
  await fixture.run(1_000)
  const play = (request: ClientRequest) =>
    changeCall(fixture.service, CALL, PROMPT, { authorize: () => undefined, request })
  // The clock of the host that executes the retry is behind.
  fixture.tables.before = runOnce('read calls', async () => {
    fixture.clock.advance(-earlierMs)
    await play(RETRY)
    fixture.clock.advance(earlierMs + 5_000)
  })
  await play(REQUEST)
  expect((await fixture.readRecord()).call.operations).toHaveLength(operations)
})

test('a fast command is executed although an earlier retry has the same id', async () => {
  const fixture = createServiceFixture()
  await fixture.createCall(meeting(['audio']))
  await fixture.run(1_000)
  for (const request of [RETRY, REQUEST]) {
    await changeCall(fixture.service, CALL, PROMPT, { authorize: () => undefined, request })
  }
  expect((await fixture.readRecord()).call.operations).toHaveLength(2)
})
