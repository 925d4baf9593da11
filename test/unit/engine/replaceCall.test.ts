import { AsyncLocalStorage } from 'node:async_hooks'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Call } from '../../../shared/calls/call.js'
import type { Command } from '../../../shared/calls/commands.js'
import { CallError } from '../../../shared/calls/errors.js'
import { changeCall } from '../../../shared/engine/changeCall.js'
import { fireCallTimer } from '../../../shared/engine/fireCallTimer.js'
import { findReplacedParticipant } from '../../../shared/engine/replaceCall.js'
import type { TimerMessage } from '../../../shared/storage/queues.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { answer, incomingCall, meeting, outgoingCall, participantInfo } from '../../support/callFixtures.js'
import { assertDefined, createServiceFixture, type ServiceFixture } from '../../support/serviceFixture.js'
import { PROPERTY_RUNS } from '../../support/sizes.js'

// Invitations move Ann from one call into another, while other commands arrive in any order and processes crash.

const OLD = 'old call'
const NEW = 'new call'
const OTHER = 'other call'

const noAuthorization = () => undefined
const change = (fixture: ServiceFixture, callId: string, command: Command) =>
  changeCall(fixture.service, callId, command, { authorize: noAuthorization })

/** Invites Ann from the old call, as the endpoint does, and returns the id of the operation. */
async function replaceAnn(fixture: ServiceFixture, newCallId: string, others: readonly string[] = []): Promise<string> {
  const ann = { ...participantInfo('ann'), replacesCallId: OLD }
  const replaces = await findReplacedParticipant(
    fixture.service,
    newCallId,
    { invitation: ann, path: '' },
    noAuthorization,
  )
  const participants = [ann, ...others.map(participantInfo)]
  const { operations } = await change(fixture, newCallId, { type: 'invite', participants, replaces })
  return assertDefined(operations[0]).id
}

/** Ann is in a peer-to-peer call, or with Bob in a group call. The bot is alone in two meetings. */
async function createCalls(isGroup: boolean): Promise<ServiceFixture> {
  const fixture = createServiceFixture()
  if (isGroup) {
    await fixture.createCall({ ...outgoingCall('ann', 'bob'), id: OLD })
    await change(fixture, OLD, { type: 'personAnswers', personId: 'ann' })
    await change(fixture, OLD, { type: 'personAnswers', personId: 'bob' })
  } else {
    await fixture.createCall({ ...incomingCall, id: OLD, from: participantInfo('ann') })
    await change(fixture, OLD, answer)
  }
  for (const id of [NEW, OTHER]) await fixture.createCall({ ...meeting(), id })
  await fixture.run(2_000)
  return fixture
}

const readCall = async (fixture: ServiceFixture, id: string): Promise<Call> =>
  assertDefined((await fixture.service.calls.read(id)).record).call
/** All timers except the keep-alive deadline. */
const pendingTimers = ({ timers }: Call) => timers.filter(({ command }) => command.type !== 'keepAliveTimedOut')
const hasParticipant = (call: Call, personId: string) =>
  call.state === 'established' && call.participants.some(({ info }) => info.identity.id === personId)
const listCalls = (fixture: ServiceFixture) => Promise.all([OLD, NEW, OTHER].map((id) => readCall(fixture, id)))
const findCallsOf = async (fixture: ServiceFixture, personId: string) =>
  (await listCalls(fixture)).filter((call) => hasParticipant(call, personId)).map(({ id }) => id)

test('a replaced participant joins the new call, and then the old peer-to-peer call ends', async () => {
  const fixture = await createCalls(false)
  const operationId = await replaceAnn(fixture, NEW)
  expect(await findCallsOf(fixture, 'ann')).toEqual([OLD])
  await fixture.run(5_000)

  expect(await findCallsOf(fixture, 'ann')).toEqual([NEW])
  expect(await readCall(fixture, OLD)).toMatchObject({ state: 'terminated', endReason: 'replaced', timers: [] })
  const operation = await fixture.service.calls.readOperation(NEW, operationId)
  expect(operation).toMatchObject({ status: 'completed', hasReplacementJoined: true, resultInfo: { code: 200 } })
  expect(pendingTimers(await readCall(fixture, NEW))).toEqual([])
})

test('an old group call continues without the replaced participant', async () => {
  const fixture = await createCalls(true)
  await replaceAnn(fixture, NEW)
  await fixture.run(5_000)

  expect(await findCallsOf(fixture, 'ann')).toEqual([NEW])
  expect(await findCallsOf(fixture, 'bob')).toEqual([OLD])
  expect(pendingTimers(await readCall(fixture, OLD))).toEqual([])
})

test('the old call stays until all other invitees have joined or declined', async () => {
  const fixture = await createCalls(false)
  await replaceAnn(fixture, NEW, ['bob'])
  await fixture.run(10_000)
  expect(await findCallsOf(fixture, 'ann')).toEqual([OLD, NEW])
  await change(fixture, NEW, { type: 'personDeclines', personId: 'bob' })
  await fixture.run(30_000)
  expect(await findCallsOf(fixture, 'ann')).toEqual([NEW])
})

test('an invitation fails when the participant leaves the old call before the replacement', async () => {
  const fixture = await createCalls(false)
  const operationId = await replaceAnn(fixture, NEW)
  await change(fixture, OLD, { type: 'personLeaves', personId: 'ann' })
  await fixture.run(1_000)

  expect(await findCallsOf(fixture, 'ann')).toEqual([])
  const operation = await fixture.service.calls.readOperation(NEW, operationId)
  expect(operation).toMatchObject({ status: 'failed', resultInfo: { code: 481 } })
  expect(await readCall(fixture, OLD)).toMatchObject({ endReason: 'otherSideEnded' })
})

test('a participant stays in the old call when the new call ends, and can be replaced into another', async () => {
  const fixture = await createCalls(false)
  await replaceAnn(fixture, NEW)
  await change(fixture, OLD, {
    type: 'reserveParticipant',
    participantId: assertDefined((await readCall(fixture, OLD)).participants[0]).id,
    newCallId: NEW,
    operationId: assertDefined((await readCall(fixture, NEW)).operations[0]).id,
    since: fixture.clock.now(),
  })
  await change(fixture, NEW, { type: 'hangUp' })
  await expect(replaceAnn(fixture, OTHER)).rejects.toThrow('is being moved into another call')
  await fixture.run(20_000)
  expect(await findCallsOf(fixture, 'ann')).toEqual([OLD])

  await replaceAnn(fixture, OTHER)
  await fixture.run(5_000)
  expect(await findCallsOf(fixture, 'ann')).toEqual([OTHER])
})

test('the old call waits until the bot is notified of the new participant, but not forever', async () => {
  const fixture = await createCalls(false)
  fixture.callback = () => ({ status: 500 })
  await replaceAnn(fixture, NEW)
  await fixture.run(8_000)
  expect(await findCallsOf(fixture, 'ann')).toEqual([OLD, NEW])
  await fixture.run(30_000)
  expect(await findCallsOf(fixture, 'ann')).toEqual([NEW])
})

test('the old call does not wait for notifications that are dead-lettered', async () => {
  const fixture = await createCalls(false)
  fixture.callback = () => ({ status: 410 })
  await replaceAnn(fixture, NEW)
  await fixture.run(5_000)
  expect(await findCallsOf(fixture, 'ann')).toEqual([NEW])
})

test('an invitation that only others joined does not change the old call, even with a late reservation', async () => {
  const fixture = await createCalls(false)
  const { id: participantId } = assertDefined((await readCall(fixture, OLD)).participants[0])
  const reserve = (newCallId: string, operationId: string) =>
    change(fixture, OLD, {
      type: 'reserveParticipant',
      participantId,
      newCallId,
      operationId,
      since: fixture.clock.now(),
    })
  const operationId = await replaceAnn(fixture, NEW, ['bob'])
  await reserve(OTHER, 'an invitation into another call')
  await change(fixture, NEW, { type: 'personAnswers', personId: 'bob' })
  await fixture.run(30_000)
  expect(await fixture.service.calls.readOperation(NEW, operationId)).toMatchObject({
    status: 'completed',
    joinedCount: 1,
  })

  await reserve(NEW, operationId)
  await fixture.run(30_000)
  expect(await findCallsOf(fixture, 'ann')).toEqual([OLD])
})

test('a person command cannot answer for a participant who is being replaced', async () => {
  const fixture = await createCalls(false)
  await replaceAnn(fixture, NEW)
  await expect(change(fixture, NEW, { type: 'personAnswers', personId: 'ann' })).rejects.toThrow('not ringing')
})

/** Replaces Ann with a crash at the storage request of this index, and returns the ids of the notifications since. */
async function replaceWithCrash(
  crashIndex: number,
): Promise<{ fixture: ServiceFixture; hasCrashed: boolean; notificationIds: string[] }> {
  const fixture = await createCalls(false)
  await replaceAnn(fixture, NEW)
  await fixture.run(500, { deliverWakeUps: false })
  const message: TimerMessage = { callId: NEW, timer: assertDefined(pendingTimers(await readCall(fixture, NEW))[0]).id }
  let left = crashIndex
  const before = fixture.sent.length
  fixture.tables.before = async () => {
    if (left-- === 0) await new Promise(() => undefined)
  }
  const isFinished = await Promise.race([fireCallTimer(fixture.service, message).then(() => true), waitUntilIdle()])
  fixture.tables.before = () => undefined
  await fixture.run(60_000)
  return { fixture, hasCrashed: !isFinished, notificationIds: fixture.sent.slice(before).map(({ id }) => id) }
}

/** Returns false when everything that does not wait forever has finished. */
async function waitUntilIdle(): Promise<false> {
  for (let turns = 0; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve))
  return false
}

test('after a crash at any storage request, the participant joins once and the old call ends', async () => {
  let runs = 0
  for (let hasCrashed = true; hasCrashed; runs++) {
    const run = await replaceWithCrash(runs)
    hasCrashed = run.hasCrashed
    expect(await findCallsOf(run.fixture, 'ann'), `crash at request ${runs}`).toEqual([NEW])
    expect(await readCall(run.fixture, OLD)).toMatchObject({ state: 'terminated', endReason: 'replaced' })
    // The completed operation, the roster, and the end of the old call.
    expect(run.notificationIds).toHaveLength(3)
    expect(new Set(run.notificationIds)).toHaveLength(3)
  }
  expect(runs, 'runs with a crash, and the last one without').toBeGreaterThan(5)
})

type Action =
  | { readonly type: 'replace'; readonly newCallId: string; readonly others: readonly string[] }
  | { readonly type: 'command'; readonly callId: string; readonly command: Command }
  /** Transfers Ann from the old call to Carl, who answers. */
  | { readonly type: 'transfer' }
  | { readonly type: 'deliverTimers' }

const anyAction: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('replace' as const),
      newCallId: fc.constantFrom(NEW, NEW, OTHER),
      others: fc.constantFrom([], [], ['bob']),
    }),
  },
  { weight: 6, arbitrary: fc.constant<Action>({ type: 'deliverTimers' }) },
  { weight: 1, arbitrary: fc.constant<Action>({ type: 'transfer' }) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom(OLD, NEW, OTHER),
        fc.constantFrom<Command>(
          { type: 'hangUp' },
          { type: 'personLeaves', personId: 'ann' },
          { type: 'personLeaves', personId: 'bob' },
          { type: 'personAnswers', personId: 'bob' },
          { type: 'personDeclines', personId: 'bob' },
          { type: 'personJoins', info: participantInfo('eve') },
        ),
      )
      .map(([callId, command]) => ({ type: 'command' as const, callId, command })),
  },
)
/** The number of storage requests after which the process of an action crashes. */
const anyCrash = fc.option(fc.nat(12), { nil: Number.POSITIVE_INFINITY, freq: 3 })
const anyActions = fc.array(fc.tuple(anyAction, anyCrash), { minLength: 2, maxLength: 14, size: 'max' })

/** The process that runs an action, and the storage requests that it has left until it crashes. */
const currentProcess = new AsyncLocalStorage<{ left: number }>()

test('a replaced participant ends up in exactly one call, in any order of commands and crashes', async () => {
  const outcomes = new Set<string>()
  await fc.assert(
    fc.asyncProperty(fc.boolean(), anyActions, fc.scheduler(), async (isGroup, actions, scheduler) => {
      const fixture = await createCalls(isGroup)
      fixture.tables.before = async () => {
        const self = currentProcess.getStore()
        if (self && self.left-- <= 0) await new Promise(() => undefined)
        await scheduler.schedule(Promise.resolve())
      }
      for (const [action, left] of actions) {
        const run = () => scheduler.schedule(Promise.resolve()).then(() => runAction(fixture, action))
        void currentProcess.run({ left }, () => run().catch(expectRefusal))
      }
      await scheduler.waitIdle()

      fixture.tables.before = () => undefined
      await fixture.run(60_000)
      const calls = await listCalls(fixture)
      const callIds = calls.filter((call) => hasParticipant(call, 'ann')).map(({ id }) => id)
      outcomes.add(`${isGroup ? 'group' : 'peer-to-peer'}: ${callIds.join(' and ') || 'none'}`)
      expect(callIds.length, 'the number of calls with Ann').toBeLessThanOrEqual(1)
      const isTransferred = calls.some(({ endReason }) => endReason === 'transferred')
      if (isTransferred) expect(callIds, 'the calls with Ann, who has left them for Carl').toEqual([])
      if (!actions.some(([action]) => mayRemoveAnn(action))) expect(callIds, 'the call with Ann').toHaveLength(1)
      for (const call of calls) {
        expect([pendingTimers(call), call.operations, call.ringing], `the rest of ${call.id}`).toEqual([[], [], []])
      }
    }),
    { numRuns: PROPERTY_RUNS },
  )
  // Every outcome is reached: Ann in each of the calls or in none, from both kinds of old calls.
  expect([...outcomes].toSorted()).toEqual(
    ['group', 'peer-to-peer'].flatMap((kind) => [NEW, 'none', OLD, OTHER].map((callId) => `${kind}: ${callId}`)),
  )
})

async function runAction(fixture: ServiceFixture, action: Action): Promise<void> {
  if (action.type === 'replace') await replaceAnn(fixture, action.newCallId, action.others)
  if (action.type === 'command') await change(fixture, action.callId, action.command)
  if (action.type === 'transfer') await transferAnn(fixture)
  if (action.type === 'deliverTimers') await deliverTimers(fixture)
}

/** True also for a command that crashes, because it may have been committed. */
const mayRemoveAnn = (action: Action): boolean =>
  action.type === 'transfer' ||
  (action.type === 'command' && (action.command.type === 'hangUp' || action.command.type === 'personLeaves'))

async function transferAnn(fixture: ServiceFixture): Promise<void> {
  const [target, transferee] = [participantInfo('carl'), participantInfo('ann')]
  await change(fixture, OLD, { type: 'transfer', target, transferee })
  await change(fixture, OLD, { type: 'personAnswers', personId: 'carl' })
}

async function deliverTimers(fixture: ServiceFixture): Promise<void> {
  const timers = fixture.queues.take().filter(({ queue }) => queue === 'call-timers')
  await Promise.all(
    timers.map(({ message }) => fireCallTimer(fixture.service, message as TimerMessage).catch(expectRefusal)),
  )
}

function expectRefusal(error: unknown): void {
  const isRefusal = error instanceof CallError || error instanceof StorageUnavailable
  if (!isRefusal && !(error instanceof Error && error.name === 'GraphError')) throw error
}
