import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Call, CallEvent, Decision, RuleContext, Timer } from '../../../shared/calls/call.js'
import {
  type Command,
  type CreationCommand,
  type LegAction,
  type LegView,
  type ParticipantCommand,
  PLAIN_ACTIONS,
  type Successor,
} from '../../../shared/calls/commands.js'
import { CallError } from '../../../shared/calls/errors.js'
import type { RoutingMode } from '../../../shared/calls/resources.js'
import { otherParticipants, visibleParticipants } from '../../../shared/calls/roster.js'
import { creationRules, rules } from '../../../shared/calls/rules.js'
import {
  answer,
  contextAt,
  decideNext,
  incomingCall,
  meeting,
  outgoingCall,
  participantInfo,
} from '../../support/callFixtures.js'
import { HISTORY_BATCHES } from '../../support/sizes.js'

// Random histories of commands and timers, including commands that the rules refuse.

const PEOPLE = ['caller', 'ann', 'bob', 'Ann']
const anyPerson = fc.constantFrom(...PEOPLE)
const OTHER_BOT = { identity: { kind: 'application', id: 'other' } } as const
const OTHER_LEG = 'other leg'
const OTHER_BOT_ID = 'other'
const OFFER = {
  callId: OTHER_LEG,
  callerParticipantId: OTHER_BOT_ID,
  myParticipantId: 'me',
  isGroup: false,
}
const FIFTH: Successor = { participantId: 'fifth', info: participantInfo('fifth') }
const anyCreation = fc.constantFrom<CreationCommand>(
  incomingCall,
  outgoingCall('ann'),
  outgoingCall('ann', 'bob'),
  { ...outgoingCall('ann'), callOptions: { hideBotAfterEscalation: true, isDeltaRosterEnabled: true } },
  meeting(),
  { ...meeting(['audio']), callOptions: { isDeltaRosterEnabled: true } },
  { ...meeting(['audio']), mediaConfig: { type: 'appHosted' } },
  { ...incomingCall, offer: OFFER },
  { ...outgoingCall(), targets: [OTHER_BOT], legCallIds: { other: OTHER_LEG } },
  { ...outgoingCall(), targets: [participantInfo('ann'), OTHER_BOT], legCallIds: { other: OTHER_LEG } },
  { ...meeting(['audio']), peers: [OTHER_LEG] },
)
type Outcome = 'completed' | 'failed' | 'running'
const anyOutcome = fc.constantFrom<Outcome>('completed', 'failed', 'running')
/**
 * `timer`: the next timer of the call is executed when it is due; a step of a replacement ends with this outcome.
 * `silence`: the keep-alive times out. It is not a `timer`, since it would end most histories early.
 * `act`: the bot acts on the participant at this index of the roster, or on an invited one.
 * `lobby`: the first person in the lobby is admitted or refused.
 * `route`: a command on an audio routing group with the participants at these indexes of the roster.
 * `leg`: the first call of another application was read.
 * `reserve`: the invitation of another call reserves the participant at this index among those other than the bot.
 */
type Action =
  | Command
  | { readonly type: 'timer'; readonly outcome: Outcome }
  | { readonly type: 'silence' }
  | { readonly type: 'reserve'; readonly index: number; readonly operationId: string }
  | RouteAction
  | { readonly type: 'act'; readonly index: number; readonly command: ParticipantAction }
  | { readonly type: 'lobby'; readonly command: 'personIsAdmitted' | 'personIsRefused' }
  | { readonly type: 'leg'; readonly view: Omit<LegView, 'version' | 'requests'>; readonly request?: LegAction }
type ParticipantAction = ParticipantCommand['type'] | 'muteAll' | 'configureMixer'
interface RouteAction {
  readonly type: 'route'
  readonly command: 'createAudioRoutingGroup' | 'updateAudioRoutingGroup' | 'deleteAudioRoutingGroup'
  readonly id: string
  readonly routingMode: RoutingMode
  readonly source: number
  readonly receivers: readonly number[]
}
const anyRoute: fc.Arbitrary<Action> = fc.record({
  type: fc.constant('route' as const),
  command: fc.constantFrom('createAudioRoutingGroup', 'updateAudioRoutingGroup', 'deleteAudioRoutingGroup'),
  id: fc.constantFrom('first', 'second'),
  routingMode: fc.constantFrom('oneToOne', 'multicast'),
  source: fc.nat(2),
  receivers: fc.array(fc.nat(2), { minLength: 1, maxLength: 2 }),
})
const anyReplacement = fc.tuple(anyPerson, fc.boolean()).map(([id, withAnother]): Action => {
  const replaces = { callId: 'old call', participantId: 'replaced', info: participantInfo(id) }
  const participants = [
    { ...participantInfo(id), replacesCallId: 'old call' },
    ...(withAnother ? [participantInfo('eve')] : []),
  ]
  return { type: 'invite', participants, replaces }
})
const RECORD: Command = {
  type: 'recordResponse',
  prompts: [{ mediaInfo: { uri: 'beep.wav' } }],
  bargeInAllowed: false,
  settings: { initialSilenceMs: 5_000, maxSilenceMs: 2_000, maxDurationMs: 10_000, stopTones: ['star'] },
  recordingsUrl: 'https://ringback.example/recordings',
}
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: anyOutcome.map((outcome): Action => ({ type: 'timer', outcome })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(4), fc.constantFrom('operation 1', 'operation 2'))
      .map(([index, operationId]): Action => ({ type: 'reserve', index, operationId })),
  },
  { weight: 2, arbitrary: anyReplacement },
  { weight: 2, arbitrary: fc.constant<Action>(answer) },
  {
    weight: 1,
    arbitrary: fc
      .uniqueArray(anyPerson, { minLength: 1, maxLength: 2, selector: (id) => id.toLowerCase() })
      .map((ids): Action => ({ type: 'redirect', targets: ids.map(participantInfo) })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ target: anyPerson, transferee: fc.option(anyPerson, { nil: undefined }), isConsultative: fc.boolean() })
      .map(({ target, transferee, isConsultative }): Action => {
        const info = participantInfo(target)
        return {
          type: 'transfer',
          target: info,
          ...(transferee !== undefined && { transferee: participantInfo(transferee) }),
          ...(isConsultative && { replaces: { callId: 'old call', participantId: 'replaced', info } }),
        }
      }),
  },
  {
    weight: 3,
    arbitrary: fc
      .uniqueArray(anyPerson, { minLength: 1, maxLength: 3, selector: (id) => id.toLowerCase() })
      .map((ids): Action => ({ type: 'invite', participants: ids.map(participantInfo) })),
  },
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom('personAnswers', 'personDeclines', 'personIsBusy', 'personLeaves'), anyPerson)
      .map(([type, personId]): Action => ({ type, personId }) as Action),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('personMutes', 'personUnmutes', 'personPresses', 'personSpeaks'), anyPerson)
      .map(([type, personId]): Action => ({ type, personId, tone: 'star', durationMs: 1_000 }) as Action),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Action>(
      ...PLAIN_ACTIONS.map((type) => ({ type })),
      { type: 'keepAlive' },
      { type: 'updateMetadata', metadata: 'metadata' },
      { type: 'changeScreenSharingRole', role: 'sharer' },
      { type: 'changeScreenSharingRole', role: 'viewer' },
      { type: 'updateRecordingStatus', status: 'recording' },
      { type: 'updateRecordingStatus', status: 'failed' },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Action>(
      { type: 'playPrompt', prompts: [{ mediaInfo: { uri: 'beep.wav' } }] },
      { type: 'playPrompt', prompts: [{ mediaInfo: { uri: 'music.wav' }, loop: 0 }] },
      { type: 'sendDtmfTones', tones: ['tone1', 'pound'], delayBetweenTonesMs: 1500 },
      RECORD,
      { ...RECORD, prompts: [], bargeInAllowed: true },
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('personIsAdmitted' as const, 'personIsRefused' as const)
      .map((command): Action => ({ type: 'lobby', command })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'deleteParticipant',
          'muteParticipant',
          'startHoldMusic',
          'stopHoldMusic',
          'muteAll',
          'configureMixer',
        ),
        fc.nat(4),
      )
      .map(([command, index]): Action => ({ type: 'act', command, index })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(anyPerson, fc.boolean())
      .map(([id, isInLobby]): Action => ({ type: 'personJoins', info: participantInfo(id), isInLobby })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        state: fc.constantFrom('waiting', 'connected', 'connected', 'ended'),
        isGroup: fc.boolean(),
        people: fc.subarray(['ann', 'zoe']),
        isMuted: fc.boolean(),
        request: fc.option(
          fc.constantFrom<LegAction>({ type: 'tone', tone: 'tone1' }, { type: 'remove', participantId: 'me' }),
          {
            nil: undefined,
            freq: 10,
          },
        ),
        successor: fc.option(fc.constantFrom<Successor>(FIFTH, { ...FIFTH, legCallId: 'fifth leg' }), {
          nil: undefined,
        }),
        heirCallId: fc.option(fc.constantFrom('call', 'third leg'), { nil: undefined }),
        lastReceived: fc.nat(2),
      })
      .map(toLegAction),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Action>(
      { type: 'redirect', targets: [OTHER_BOT, participantInfo('zoe')], legCallIds: { other: OTHER_LEG } },
      { type: 'redirect', targets: [OTHER_BOT], legCallIds: { other: OTHER_LEG } },
      { type: 'transfer', target: OTHER_BOT, legCallIds: { other: OTHER_LEG } },
      { type: 'invite', participants: [OTHER_BOT], legCallIds: { other: OTHER_LEG } },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Action>(
      { type: 'legMet', callId: 'fourth leg', isMember: true },
      { type: 'hangUp' },
      { type: 'silence' },
      { type: 'reject', reason: 'busy' },
    ),
  },
)
interface AnyLeg extends Partial<Pick<LegView, 'successor' | 'heirCallId'>> {
  readonly state: LegView['state']
  readonly isGroup: boolean
  readonly people: readonly string[]
  readonly isMuted: boolean
  readonly request?: LegAction | undefined
  readonly lastReceived: number
}

/** The other application and people of its call. */
function toLegAction({ people, isMuted, request, successor, heirCallId, ...view }: AnyLeg): Action {
  const participants = [
    { id: OTHER_BOT_ID, info: OTHER_BOT },
    ...(view.isGroup ? people : []).map((id) => ({ id: `${id} there`, info: participantInfo(id) })),
  ].map((participant) => ({ ...participant, isMuted, isInLobby: false, mediaStreams: [], version: 1 }))
  return {
    type: 'leg',
    ...(request && { request }),
    view: {
      ...view,
      myParticipantId: OTHER_BOT_ID,
      participants,
      legs: view.isGroup ? ['third leg'] : [],
      inheritedFrom: [],
      ...(successor && { successor }),
      ...(heirCallId !== undefined && { heirCallId }),
    },
  }
}

/** Actions that have an effect only in this order. Random single actions would rarely produce it. */
const anyScript: fc.Arbitrary<readonly Action[]> = fc.oneof(
  fc
    .tuple(anyReplacement, anyPerson)
    .map(([invite, personId]): Action[] => [
      invite,
      { type: 'personLeaves', personId },
      { type: 'timer', outcome: 'failed' },
    ]),
  fc.array(anyRoute, { minLength: 2, maxLength: 4 }),
  fc
    .array(fc.tuple(fc.constantFrom('personShares', 'personStopsSharing'), anyPerson), { minLength: 2, maxLength: 4 })
    .map((acts) => acts.map(([type, personId]) => ({ type, personId }) as Action)),
  fc.tuple(anyPerson, anyOutcome).map(([id, outcome]): Action[] => [
    { type: 'reserve', index: 0, operationId: 'operation 1' },
    { type: 'transfer', target: participantInfo(id) },
    { type: 'timer', outcome },
    { type: 'timer', outcome },
  ]),
  fc.nat(4).map((index): Action[] => [
    { type: 'act', command: 'startHoldMusic', index },
    { type: 'act', command: 'stopHoldMusic', index },
  ]),
)
/** Actions of a history: mostly single ones, sometimes a script. */
const anyActions = fc
  .array(
    fc.oneof({ weight: 12, arbitrary: anyAction.map((action) => [action]) }, { weight: 1, arbitrary: anyScript }),
    {
      maxLength: 30,
      size: 'max',
    },
  )
  .map((scripts) => scripts.flat())
const anyHistory = fc.record({
  creation: anyCreation,
  actions: anyActions,
})

type History = { creation: CreationCommand; actions: readonly Action[] }

interface Step {
  readonly before: Call | undefined
  readonly command: Command | CreationCommand
  readonly newContext: () => RuleContext
  /** A command that the rules refuse results in an error. */
  readonly result: Decision | CallError
}
interface Change {
  readonly before: Call | undefined
  readonly command: Command | CreationCommand
  readonly decision: Decision
}

/** Plays a history, one action per second, and checks each step. */
function playHistory({ creation, actions }: History, check: (step: Step) => void): void {
  let call: Call | undefined
  let now = 0
  for (const action of [creation, ...actions]) {
    now += 1000
    const timer = nextTimer(call, action)
    if (call && timer) {
      now = Math.max(now, timer.at)
      call = { ...call, timers: call.timers.filter((other) => other !== timer) }
    }
    const command = toCommand(call, action, timer)
    if (!command) continue
    const at = now
    const newContext = () => contextAt(at)
    const result = tryToDecide(deepFreeze(call), command, newContext())
    check({ before: call, command, newContext, result })
    if (!(result instanceof CallError)) call = result.call
  }
}

/** Plays a history, and checks each step that the rules do not refuse. */
function playChanges(history: History, check: (change: Change) => void): void {
  playHistory(history, ({ before, command, result }) => {
    if (!(result instanceof CallError)) check({ before, command, decision: result })
  })
}

function nextTimer(call: Call | undefined, { type }: Action | CreationCommand): Timer | undefined {
  if (type !== 'timer' && type !== 'silence') return undefined
  return call?.timers
    .filter(({ command }) => (command.type === 'keepAliveTimedOut') === (type === 'silence'))
    .toSorted((a, b) => a.at - b.at)[0]
}

function toCommand(
  call: Call | undefined,
  action: Action | CreationCommand,
  timer: Timer | undefined,
): Command | CreationCommand | undefined {
  if (action.type === 'timer') return timer && toTimedCommand(timer.command, action.outcome)
  if (action.type === 'silence') return timer && toTimedCommand(timer.command, 'running')
  if (action.type === 'act') return toParticipantCommand(call, action)
  if (action.type === 'lobby') return { type: action.command, personId: findPersonInLobby(call) ?? 'caller' }
  if (action.type === 'route') return toRouteCommand(call, action)
  if (action.type === 'leg') {
    return toLegsRead(call, action)
  }
  if (action.type !== 'reserve') return action
  const { index, operationId } = action
  const participantId = (call && otherParticipants(call)[index]?.id) ?? 'unknown'
  return { type: 'reserveParticipant', participantId, newCallId: 'new call', operationId, since: 0 }
}

function toLegsRead(call: Call | undefined, { view, request }: Action & { type: 'leg' }): Command {
  const { callId = OTHER_LEG, version = 0, lastReceived = 0 } = call?.legs?.[0] ?? {}
  const requests = request ? [{ ...request, number: lastReceived + 1 }] : []
  // The other application has the id that this call gave it.
  const invitee = call?.ringing.find(({ legCallId }) => legCallId === callId)
  const shown = call?.participants.find(({ info }) => info === OTHER_BOT)
  const myParticipantId = invitee?.participantId ?? shown?.id ?? OTHER_BOT_ID
  const participants = view.participants.map((participant) =>
    participant.id === OTHER_BOT_ID ? { ...participant, id: myParticipantId } : participant,
  )
  const read = { ...view, myParticipantId, participants, requests, version: version + 1 }
  return { type: 'legsRead', views: [{ callId, view: read }] }
}

const findPersonInLobby = (call: Call | undefined): string | undefined =>
  call?.participants.find(({ isInLobby }) => isInLobby)?.info.identity.id

function toParticipantCommand(
  call: Call | undefined,
  { command, index }: { readonly command: ParticipantAction; readonly index: number },
): Command {
  const ids = [
    ...(call?.participants.map(({ id }) => id) ?? []),
    ...(call?.ringing.map(({ participantId }) => participantId) ?? []),
  ]
  const participantId = ids[index] ?? 'unknown'
  if (command === 'muteAll') return { type: command, ...(index < 2 && { participants: [participantId] }) }
  if (command !== 'configureMixer') return { type: command, participantId }
  return { type: command, participantMixerLevels: [{ participant: participantId, sourceLevels: [] }] }
}

function toRouteCommand(call: Call | undefined, action: RouteAction): Command {
  const { command: type, id, routingMode } = action
  const idAt = (index: number) => call?.participants[index]?.id ?? 'unknown'
  const route = { routingMode, sources: [idAt(action.source)], receivers: action.receivers.map(idAt) }
  if (type === 'deleteAudioRoutingGroup') return { type, id }
  return type === 'createAudioRoutingGroup' ? { type, id, ...route } : { type, id, changes: route }
}

/** The other call of a replacement is random here; test/unit/engine/replaceCall.test.ts has both calls. */
function toTimedCommand(command: Timer['command'], outcome: Outcome): Command {
  if (command.type === 'awaitReplacement') return { ...command, type: 'releaseParticipant', outcome }
  if (command.type === 'offerLeg') {
    return { type: outcome === 'failed' ? 'legUnreachable' : 'legOffered', callId: command.callId }
  }
  if (command.type === 'readLegs') return { type: 'legsRead', views: [] }
  if (command.type !== 'replaceParticipant') return command
  return { ...command, type: outcome === 'completed' ? 'replacementCompleted' : 'replacementFailed' }
}

function tryToDecide(
  call: Call | undefined,
  command: Command | CreationCommand,
  context: RuleContext,
): Decision | CallError {
  const { stackTraceLimit } = Error
  // Stack traces of refused commands would take half of the time of the test.
  Error.stackTraceLimit = 0
  try {
    return decideNext(call, command, context)
  } catch (error) {
    if (error instanceof CallError) return error
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
  // An unexpected error: decided again, so that it has a stack trace.
  return decideNext(call, command, context)
}

/** Freezes a call, so that a rule that modifies it throws. */
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(deepFreeze)
  }
  return value
}

const RUNS = { numRuns: 2_000 }
const HISTORIES_PER_BATCH = 10_000
/** One batch reaches every command; every row needs several. */
const REACHED = HISTORY_BATCHES > 1 ? 'row' : 'command'

/** Every row of the transition table: the state before, the command, the state after. */
const ROWS = [
  ...Object.entries(creationRules).flatMap(([command, { to }]) => to.map((state) => `none ${command} ${state}`)),
  ...Object.entries(rules).flatMap(([command, { from }]) =>
    Object.entries(from).flatMap(([state, targets]) => targets.map((to) => `${state} ${command} ${to}`)),
  ),
]

test(`every change is a row of the transition table, and every ${REACHED} is reached`, () => {
  const rows = new Set(ROWS)
  const unreached = new Set(ROWS)
  expect(rows.size, 'different rows').toBe(ROWS.length)
  const checkRows = (history: History) =>
    playChanges(history, ({ before, command, decision }) => {
      const row = `${before?.state ?? 'none'} ${command.type} ${decision.call.state}`
      if (!rows.has(row)) throw new Error(`the transition table has no row "${row}"`)
      unreached.delete(row)
    })
  // Rare rows need many histories. The seeds are fixed, so that the result does not change from run to run.
  for (let seed = 1; unreached.size > 0 && seed <= HISTORY_BATCHES; seed += 1) {
    fc.assert(fc.property(anyHistory, checkRows), { numRuns: HISTORIES_PER_BATCH, seed })
  }
  if (REACHED === 'row') {
    // A row that no history reaches would be wrong in the state diagram.
    expect([...unreached], 'rows that no history reaches').toEqual([])
  } else {
    const commandOf = (row: string) => row.split(' ')[1] ?? ''
    const reached = ROWS.filter((row) => !unreached.has(row)).map(commandOf)
    expect(new Set(reached)).toEqual(new Set(ROWS.map(commandOf)))
  }
})

test('a terminated call refuses every command', () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      playHistory(history, ({ before, result }) => {
        if (before?.state === 'terminated') expect(result).toMatchObject({ code: 'callNotFound' })
      })
    }),
    RUNS,
  )
})

/** What a roster shows: not in which call a participant is. */
const rosterOf = (call: Call | undefined): string =>
  JSON.stringify(call?.participants.map(({ legCallId: _, ...shown }) => shown) ?? [])
const countOf = (events: readonly CallEvent[], type: CallEvent['type']): number =>
  events.filter((event) => event.type === type).length

/** The events of a new state: two when the media connect, after a hang-up, and when a transfer ends with its call. */
function statesUntil(before: Call | undefined, { state, endReason }: Call): string[] {
  if (state === 'established' && (!before || before.state === 'incoming')) return ['establishing', 'established']
  if (endReason === 'hungUp') return ['terminating', 'terminated']
  if (before?.state !== 'transferring') return [state]
  if (state === 'established') return ['transferFailed']
  if (endReason === 'transferred') return ['transferAccepted', 'terminated']
  return endReason === 'allLeft' ? ['transferFailed', 'terminated'] : [state]
}

/** The events that report the end of an operation. */
const OPERATION_EVENTS = ['operationEnded', 'transferAccepted', 'transferFailed']

/** What the events of a decision must be, given the change of the call. */
const EVENT_RULES: Readonly<Record<string, (before: Call | undefined, decision: Decision) => void>> = {
  'a new state has one event of its name': (before, { call, events }) => {
    const otherTypes = ['rosterUpdated', 'operationEnded', 'mediaStateChanged', 'tonePressed', 'contentSharingChanged']
    const states = events.map(({ type }) => type).filter((type) => !otherTypes.includes(type))
    expect(states).toEqual(before?.state === call.state ? [] : statesUntil(before, call))
  },
  'a new roster of a group call has one event': (before, { call, events }) => {
    const isChanged = rosterOf(before) !== rosterOf(call) && call.isGroup
    expect(countOf(events, 'rosterUpdated')).toBe(isChanged ? 1 : 0)
  },
  'a new media state has one event': (before, { call, events }) => {
    expect(countOf(events, 'mediaStateChanged')).toBe(before?.mediaState !== call.mediaState ? 1 : 0)
  },
  'a new tone has one event with the next number': (before, { call, events }) => {
    const tones = events.flatMap((event) => (event.type === 'tonePressed' ? [event.tone.sequenceId] : []))
    const isPressed = before?.lastToneId !== undefined && call.lastToneId !== before.lastToneId
    expect(tones).toEqual(isPressed ? [(before.lastToneId ?? 0) + 1] : [])
  },
  'a new content sharing session has one event, unless the call ends with its presenter': (before, decision) => {
    const { call, events } = decision
    const isChanged = before?.contentSharingSession !== call.contentSharingSession
    const endsWithPresenter = call.state === 'terminated' && !call.isGroup
    expect(countOf(events, 'contentSharingChanged')).toBe(isChanged && !endsWithPresenter ? 1 : 0)
  },
  'each operation that ran and ended has one event, in order': (before, { operations, events }) => {
    const ran = new Set(before?.operations.flatMap(({ id, type }) => (type === 'answer' ? [] : id)))
    const ended = operations.filter(({ status, id }) => status !== 'running' && ran.has(id))
    const announced = events.flatMap((event) =>
      'operation' in event && OPERATION_EVENTS.includes(event.type) ? [event.operation] : [],
    )
    expect(announced).toEqual(ended)
  },
  'the last event shows the final roster': (_before, { call, events }) => {
    const last = events.at(-1)
    // The roster of a peer-to-peer call may change without an event after a tone.
    if (last && last.type !== 'operationEnded' && last.type !== 'tonePressed')
      expect(rosterOf(last.call)).toEqual(rosterOf(call))
  },
  'the last event of a terminated call is `terminated`': (_before, { call, events }) => {
    if (call.state === 'terminated') expect(events.at(-1)?.type).toBe('terminated')
  },
}

test('the events of a decision match the change of the call', () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      playChanges(history, ({ before, decision }) => {
        for (const [name, check] of Object.entries(EVENT_RULES)) inContext(name, () => check(before, decision))
      })
    }),
    RUNS,
  )
})

const deltasOf = (events: readonly CallEvent[]) =>
  events.flatMap((event) =>
    event.type === 'rosterUpdated' && event.delta ? [{ ...event.delta, call: event.call }] : [],
  )

test('the changes of a roster add up to the roster that the bot sees, and are numbered from 1', () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      const roster = new Map<string, number>()
      const numbers = [0]
      playChanges(history, ({ decision }) => {
        for (const { call, sequenceNumber, participants, removed } of deltasOf(decision.events)) {
          if (participants.length + removed.length > 0) numbers.push(sequenceNumber)
          expect(sequenceNumber).toBe(numbers.at(-1))
          for (const participant of participants) roster.set(participant.id, participant.version)
          for (const { id } of removed) expect(roster.delete(id)).toBe(true)
          expect(roster).toEqual(new Map(visibleParticipants(call).map(({ id, version }) => [id, version])))
        }
      })
      expect(numbers).toEqual(numbers.map((_, index) => index))
    }),
    RUNS,
  )
})

const ringingIds = (call: Call): string[] => call.ringing.map(({ participantId }) => participantId)

/** What holds for a call in every state. */
const INVARIANTS: Readonly<Record<string, (call: Call) => void>> = {
  'no participant of the call is in it twice': ({ participants, ringing }) => {
    // A person may have joined through two applications.
    const own = participants.filter(({ id, legCallId }) => legCallId === undefined && !id.endsWith(' there'))
    const ids = [...own, ...ringing].map(({ info }) => info.identity.id.toLowerCase())
    expect(new Set(ids).size).toBe(ids.length)
  },
  'each ringing participant has one timer that ends the ringing': (call) => {
    const timers = call.timers.filter(({ command }) => ['ringTimedOut', 'replaceParticipant'].includes(command.type))
    expect(timers.map(({ participantId }) => participantId).toSorted()).toEqual(ringingIds(call).toSorted())
  },
  'no timer is about a participant who has left': (call) => {
    const present = [...ringingIds(call), ...call.participants.map(({ id }) => id)]
    const timed = call.timers.flatMap(({ participantId }) => participantId ?? [])
    expect(timed.filter((id) => !present.includes(id))).toEqual([])
  },
  'an audio routing group has one source and different receivers who are in the call': (call) => {
    const ids = call.participants.map(({ id }) => id)
    for (const { routingMode, sources, receivers } of call.audioRoutingGroups ?? []) {
      expect([sources.length, receivers.length > 0]).toEqual([1, true])
      if (routingMode === 'oneToOne') expect(receivers).toHaveLength(1)
      const ends = [...sources, ...receivers]
      expect(new Set(ends).size).toBe(ends.length)
      expect(ends.filter((id) => !ids.includes(id))).toEqual([])
    }
  },
  'exactly the presenter of a session shares': ({ participants, contentSharingSession }) => {
    const sharing = participants.filter(({ isSharing }) => isSharing).map(({ id }) => id)
    expect(sharing).toEqual(contentSharingSession ? [contentSharingSession.presenterParticipantId] : [])
  },
  'an invitation or a transfer runs exactly as long as one of its invitees rings': ({ operations, ringing }) => {
    const inviting = ['inviteParticipants', 'transfer']
    const invitations = operations.filter(({ type }) => inviting.includes(type)).map(({ id }) => id)
    const withRinging = new Set(ringing.flatMap(({ operationId }) => operationId ?? []))
    expect(invitations.toSorted()).toEqual([...withRinging].toSorted())
  },
  'only a participant of the call is on hold': ({ heldParticipantId, participants }) => {
    if (heldParticipantId !== undefined) expect(participants.map(({ id }) => id)).toContain(heldParticipantId)
  },
  'the first prompt plays, or the first recording listens': ({ operations, timers }) => {
    const [first] = operations.filter(({ type }) => type === 'playPrompt' || type === 'recordResponse')
    const mediaTimers = timers.filter(({ command }) => /^(prompt|recording)Finished$/.test(command.type))
    const isEndless = first?.prompts?.some(({ loop }) => loop === 0)
    const isListening = first?.recording?.listeningSince !== undefined
    const timer = first && `${isListening ? 'recording' : 'prompt'}:${first.id}`
    expect(mediaTimers.map(({ id }) => id)).toEqual(timer && !isEndless ? [timer] : [])
  },
  'only the first media operation listens': ({ operations }) => {
    const [, ...waiting] = operations.filter(({ type }) => type === 'playPrompt' || type === 'recordResponse')
    expect(waiting.filter(({ recording }) => recording?.listeningSince !== undefined)).toEqual([])
  },
  'exactly an established or transferring call waits for keep-alives': ({ state, timers }) => {
    const deadlines = timers.filter(({ command }) => command.type === 'keepAliveTimedOut')
    expect(deadlines).toHaveLength(state === 'established' || state === 'transferring' ? 1 : 0)
  },
  'an operation that completes by itself runs as long as it has a timer': ({ operations, timers }) => {
    const running = operations.filter(({ type }) => type === 'sendDtmfTones').map(({ id }) => id)
    const timed = timers.flatMap(({ command }) => (command.type === 'operationFinished' ? command.operationId : []))
    expect(timed).toEqual(expect.arrayContaining(running))
    expect(operations.map(({ id }) => id)).toEqual(expect.arrayContaining(timed))
  },
  'a terminated call has no timers, invitees or running operations': ({ state, timers, ringing, operations }) => {
    if (state === 'terminated') expect([timers, ringing, operations]).toEqual([[], [], []])
  },
  'a call that is neither established nor terminated has a timer': ({ state, timers }) => {
    if (state !== 'terminated' && state !== 'established') expect(timers.length).toBeGreaterThan(0)
  },
}

test('every call satisfies the invariants', () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      playChanges(history, ({ decision: { call } }) => {
        for (const [name, check] of Object.entries(INVARIANTS)) inContext(name, () => check(call))
      })
    }),
    RUNS,
  )
})

/** Adds the name of what is checked to the error of an assertion. */
function inContext(name: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

test('the same command on the same state gives the same decision', () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      playHistory(history, ({ before, command, newContext, result }) => {
        expect(tryToDecide(before, command, newContext())).toEqual(result)
      })
    }),
    { numRuns: 500 },
  )
})
