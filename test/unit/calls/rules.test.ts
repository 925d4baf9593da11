import { expect, test } from 'vitest'
import type { Decision } from '../../../shared/calls/call.js'
import type { Command, PersonCommand } from '../../../shared/calls/commands.js'
import { endReasonResults } from '../../../shared/calls/endReasons.js'
import { decide } from '../../../shared/calls/rules.js'
import {
  answer,
  applyCommands,
  contextAt,
  decideNext,
  incomingCall,
  meeting,
  outgoingCall,
  participantInfo,
} from '../../support/callFixtures.js'

const eventTypes = ({ events }: Decision) => events.map(({ type }) => type)
const rosterIds = ({ call }: Decision) => call.participants.map(({ info }) => info.identity.id)

test('an incoming call ends when its bot does not answer before the deadline', () => {
  const call = applyCommands(incomingCall)
  expect(call).toMatchObject({ state: 'incoming', direction: 'incoming', isGroup: false })
  expect(call.timers).toEqual([{ id: 'answerDeadline', at: 15_000, command: { type: 'answerTimedOut' } }])
  const missed = decide(call, { type: 'answerTimedOut' }, contextAt(15_000))
  expect(eventTypes(missed)).toEqual(['terminated'])
  expect(missed.call.endReason).toBe('missed')
})

test('an answered call is reported as establishing, and then as established with the caller and the bot', () => {
  const answered = decide(
    applyCommands(incomingCall),
    { ...answer, callbackUri: 'https://bot.example/calls' },
    contextAt(),
  )
  expect(answered.events.map(({ type, call }) => [type, call.state])).toEqual([
    ['establishing', 'establishing'],
    ['established', 'established'],
    ['mediaStateChanged', 'established'],
  ])
  expect(answered.call).toMatchObject({
    state: 'established',
    callbackUri: 'https://bot.example/calls',
    operations: [],
  })
  expect(answered.operations).toMatchObject([{ type: 'answer', status: 'completed' }])
  expect(rosterIds(answered)).toEqual(['caller', 'bot'])
})

test.each([
  ['answer', () => decide(applyCommands(incomingCall), answer, contextAt()), [{ type: 'answer', status: 'running' }]],
  ['join', () => decideNext(undefined, meeting(), contextAt()), []],
])('the reply to an %s shows a call that is still establishing', (_, decideReply, operations) => {
  const { reply } = decideReply()
  expect(reply).toMatchObject({ call: { state: 'establishing', participants: [] }, operations })
})

test('an answer without a callback keeps the callback of the registration', () => {
  expect(applyCommands(incomingCall, answer).callbackUri).toBe('https://bot.example/webhook')
})

test('a second answer is refused with the actual and the required state', () => {
  const answerAgain = () => decide(applyCommands(incomingCall, answer), answer, contextAt())
  expect(answerAgain).toThrow('The call is established; answer needs a call that is incoming.')
})

test.each([
  ['none', 'declined'],
  ['busy', 'busy'],
  ['forbidden', 'forbidden'],
] as const)('a rejection with the reason %s ends the call', (reason, endReason) => {
  const rejected = decide(applyCommands(incomingCall), { type: 'reject', reason }, contextAt())
  expect(eventTypes(rejected)).toEqual(['terminated'])
  expect(rejected.call).toMatchObject({ endReason, timers: [], callbackUri: 'https://bot.example/webhook' })
})

test('a callee rings for the ring timeout of the request, by default for that of the service', () => {
  const ringsUntil = (ringTimeoutMs?: number) => {
    const command = { ...outgoingCall('heidi'), ...(ringTimeoutMs && { ringTimeoutMs }) }
    return decideNext(undefined, command, contextAt(1_000, { ringTimeoutMs: 7_000 })).call.timers.map(({ at }) => at)
  }
  expect(ringsUntil(5_000)).toEqual([6_000])
  expect(ringsUntil()).toEqual([8_000])
})

test('a call is established when its callee answers', () => {
  const answered = decide(
    applyCommands(outgoingCall('heidi')),
    { type: 'personAnswers', personId: 'HEIDI' },
    contextAt(),
  )
  expect(eventTypes(answered)).toEqual(['established', 'mediaStateChanged'])
  expect(rosterIds(answered)).toEqual(['heidi', 'bot'])
  expect(answered.call).toMatchObject({ ringing: [], activeModalities: ['audio'] })
  expect(answered.call.timers.map(({ id }) => id)).toEqual(['keepAlive'])
})

test.each([
  ['declines', { type: 'personDeclines', personId: 'heidi' }, 'declined'],
  ['is busy', { type: 'personIsBusy', personId: 'heidi' }, 'busy'],
  ['never answers', { type: 'ringTimedOut', participantId: 'id-0-2' }, 'unanswered'],
] as const)('a callee who %s ends the call', (_, command, endReason) => {
  const decision = decide(applyCommands(outgoingCall('heidi')), command, contextAt())
  expect(eventTypes(decision)).toEqual(['terminated'])
  expect(decision.call.endReason).toBe(endReason)
})

test('a group call is established by the first answer, and ends when all callees decline', () => {
  const call = applyCommands(outgoingCall('heidi', 'bob'), { type: 'personDeclines', personId: 'bob' })
  expect(call.state).toBe('establishing')
  const established = decide(call, { type: 'personAnswers', personId: 'heidi' }, contextAt())
  expect(eventTypes(established)).toEqual(['established', 'rosterUpdated', 'mediaStateChanged'])
  const unanswered = decide(call, { type: 'personIsBusy', personId: 'heidi' }, contextAt())
  expect(unanswered.call).toMatchObject({ state: 'terminated', endReason: 'noneJoined' })
})

test('a bot that joins a meeting is alone on the first roster', () => {
  const joined = decideNext(undefined, meeting(), contextAt())
  expect(eventTypes(joined)).toEqual(['establishing', 'established', 'rosterUpdated'])
  expect(joined.call.participants).toMatchObject([{ id: joined.call.myParticipantId, mediaStreams: [] }])
})

test('a meeting continues when a participant joins and leaves', () => {
  const call = applyCommands(meeting(), { type: 'personJoins', info: participantInfo('heidi') })
  const left = decide(call, { type: 'personLeaves', personId: 'heidi' }, contextAt())
  expect(eventTypes(left)).toEqual(['rosterUpdated'])
  expect(rosterIds(left)).toEqual(['bot'])
  expect(left.call.state).toBe('established')
})

test('an invitation completes before the roster shows the new participant', () => {
  const call = applyCommands(incomingCall, answer)
  const invited = decide(
    call,
    { type: 'invite', participants: [participantInfo('heidi')], clientContext: 'context' },
    contextAt(),
  )
  expect(eventTypes(invited)).toEqual([])
  expect(invited.operations).toMatchObject([{ status: 'running', clientContext: 'context' }])
  const joined = decide(invited.call, { type: 'personAnswers', personId: 'heidi' }, contextAt())
  expect(eventTypes(joined)).toEqual(['operationEnded', 'rosterUpdated'])
  expect(joined.operations).toMatchObject([
    { status: 'completed', clientContext: 'context', resultInfo: { code: 200 } },
  ])
  expect(joined.call.isGroup).toBe(true)
})

test('an invitation of several participants ends with the last outcome, completed if one of them joined', () => {
  const invited = applyCommands(meeting(), { type: 'invite', participants: ['heidi', 'bob'].map(participantInfo) })
  const first = decide(invited, { type: 'personAnswers', personId: 'heidi' }, contextAt())
  expect(eventTypes(first)).toEqual(['rosterUpdated'])
  const last = decide(first.call, { type: 'personDeclines', personId: 'bob' }, contextAt())
  expect(eventTypes(last)).toEqual(['operationEnded'])
  expect(last.operations).toMatchObject([{ status: 'completed' }])
})

test('an invitation that all invitees decline fails with the last reason, and the call continues', () => {
  const call = applyCommands(incomingCall, answer, { type: 'invite', participants: [participantInfo('heidi')] })
  const declined = decide(call, { type: 'personDeclines', personId: 'heidi' }, contextAt())
  expect(declined.operations).toMatchObject([{ status: 'failed', resultInfo: endReasonResults.declined }])
  expect(declined.call).toMatchObject({ state: 'established', isGroup: false })
})

test('a command selects one of two ringing participants with the same id, by default the first', () => {
  const phone = { identity: { kind: 'phone', id: 'ANN' } } as const
  const ringing = decide(
    applyCommands(meeting()),
    { type: 'invite', participants: [participantInfo('ann'), phone] },
    contextAt(),
  ).call
  const participantId = ringing.ringing[1]?.participantId ?? ''
  const joined = (command: PersonCommand) =>
    decide(ringing, command, contextAt()).call.participants.at(-1)?.info.identity.kind
  expect(joined({ type: 'personAnswers', personId: 'ann' })).toBe('user')
  expect(joined({ type: 'personAnswers', personId: 'ann', participantId })).toBe('phone')
  expect(() => joined({ type: 'personAnswers', personId: 'bob', participantId })).toThrow('not ringing')
})

test('a participant of the call cannot be invited again', () => {
  const call = applyCommands(incomingCall, answer)
  const again = () => decide(call, { type: 'invite', participants: [participantInfo('Caller')] }, contextAt())
  expect(again).toThrow('participants[0].identity: the user Caller is in the call or already invited to it.')
  const phone = { identity: { kind: 'phone', id: 'caller' } } as const
  expect(decide(call, { type: 'invite', participants: [phone] }, contextAt()).operations).toHaveLength(1)
})

test('several participants can be invited at once after a first one has turned the call into a group call', () => {
  const command = { type: 'invite', participants: ['heidi', 'bob'].map(participantInfo) } as const
  const first = { type: 'invite', participants: [participantInfo('ann')] } as const
  const call = applyCommands(incomingCall, answer, first)
  expect(() => decide(call, command, contextAt())).toThrow('participants: has 2 items')
  const { call: group } = decide(call, { type: 'personAnswers', personId: 'ann' }, contextAt())
  expect(decide(group, command, contextAt()).operations).toHaveLength(1)
})

test('a call that its bot hangs up is reported as terminating, and then as terminated', () => {
  const hungUp = decide(applyCommands(incomingCall, answer), { type: 'hangUp' }, contextAt())
  expect(hungUp.events.map(({ type, call }) => [type, call.state])).toEqual([
    ['terminating', 'terminating'],
    ['terminated', 'terminated'],
  ])
  expect(hungUp.call).toMatchObject({ state: 'terminated', endReason: 'hungUp', timers: [] })
})

test('a running invitation fails before the call ends', () => {
  const call = applyCommands(incomingCall, answer, { type: 'invite', participants: [participantInfo('heidi')] })
  const hungUp = decide(call, { type: 'hangUp' }, contextAt())
  expect(eventTypes(hungUp)).toEqual(['operationEnded', 'terminating', 'terminated'])
  expect(hungUp.operations).toMatchObject([{ status: 'failed' }])
})

test('an established call ends when its bot does not keep it alive', () => {
  const call = applyCommands(outgoingCall('heidi'), { type: 'personAnswers', personId: 'heidi' })
  const deadline = (at: number) => [{ id: 'keepAlive', at, command: { type: 'keepAliveTimedOut' } }]
  expect(call.timers).toEqual(deadline(1_000 + 2_700_000))
  const kept = decide(call, { type: 'keepAlive' }, contextAt(5_000))
  expect(eventTypes(kept)).toEqual([])
  expect(kept.call).toEqual({ ...call, timers: deadline(5_000 + 2_700_000) })
  const silent = decide(kept.call, { type: 'keepAliveTimedOut' }, contextAt())
  expect(eventTypes(silent)).toEqual(['terminated'])
  expect(endReasonResults[silent.call.endReason ?? 'hungUp']).toMatchObject({ code: 408, subcode: 8537 })
})

test('a bot that mutes itself gets one new roster', () => {
  const call = applyCommands(meeting())
  const muted = decide(call, { type: 'mute', clientContext: 'context' }, contextAt())
  expect(eventTypes(muted)).toEqual(['rosterUpdated'])
  expect(muted.operations).toMatchObject([
    { type: 'muteParticipant', status: 'completed', clientContext: 'context', resultInfo: { code: 200 } },
  ])
  expect(muted.call).toMatchObject({ operations: [], participants: [{ isMuted: true, version: 2 }] })
  const again = decide(muted.call, { type: 'mute' }, contextAt())
  expect(eventTypes(again)).toEqual([])
  expect(again.operations).toHaveLength(1)
  const unmuted = decide(muted.call, { type: 'unmute' }, contextAt())
  expect(eventTypes(unmuted)).toEqual(['rosterUpdated'])
  expect(unmuted.operations).toMatchObject([{ type: 'unmuteParticipant' }])
  expect(unmuted.call.participants).toMatchObject([{ isMuted: false }])
})

test('muting a participant of a peer-to-peer call sends no roster', () => {
  const call = applyCommands(outgoingCall('heidi'), { type: 'personAnswers', personId: 'heidi' })
  const muted = decide(call, { type: 'personMutes', personId: 'HEIDI' }, contextAt())
  expect(eventTypes(muted)).toEqual([])
  expect(muted.call.participants).toMatchObject([{ isMuted: true }, { isMuted: false }])
  expect(() => decide(call, { type: 'personMutes', personId: 'bot' }, contextAt())).toThrow('bot is not in this call.')
})

test('a bot that has subscribed to tones gets numbered tones', () => {
  const call = applyCommands(outgoingCall('heidi'), { type: 'personAnswers', personId: 'heidi' })
  const press = { type: 'personPresses', personId: 'heidi', tone: 'pound' } as const
  expect(decide(call, press, contextAt())).toEqual({ call, operations: [], events: [] })
  const subscribed = decide(call, { type: 'subscribeToTone' }, contextAt())
  expect(eventTypes(subscribed)).toEqual([])
  expect(subscribed.operations).toMatchObject([{ type: 'subscribeToTone', status: 'completed' }])
  const first = decide(subscribed.call, press, contextAt())
  expect(first.events).toMatchObject([{ type: 'tonePressed', tone: { sequenceId: 1, tone: 'pound' } }])
  const again = decide(first.call, { type: 'subscribeToTone' }, contextAt())
  const second = decide(again.call, press, contextAt())
  expect(second.events).toMatchObject([{ tone: { sequenceId: 2 } }])
  expect(() => decide(call, { ...press, personId: 'bob' }, contextAt())).toThrow('bob is not in this call.')
})

const prompt = (clientContext: string, loop?: number) =>
  ({ type: 'playPrompt', prompts: [{ mediaInfo: { uri: 'beep.wav' }, loop }], clientContext }) as const
const establishedCall = (...commands: Command[]) =>
  applyCommands(outgoingCall('heidi'), { type: 'personAnswers', personId: 'heidi' }, ...commands)
const endedContexts = ({ events }: Decision) =>
  events.flatMap((event) => (event.type === 'operationEnded' ? [event.operation.clientContext] : []))
const promptTimes = ({ call }: Decision) =>
  call.timers.filter(({ command }) => command.type === 'promptFinished').map(({ at }) => at)

test('prompts play one after the other, and each has an event when it ends', () => {
  const first = decide(establishedCall(), prompt('first'), contextAt(5_000))
  expect(first.operations).toMatchObject([{ type: 'playPrompt', status: 'running', prompts: prompt('first').prompts }])
  expect([eventTypes(first), promptTimes(first)]).toEqual([[], [5_500]])
  const second = decide(first.call, prompt('second'), contextAt(5_100))
  expect(promptTimes(second)).toEqual([5_500])
  // The transaction that executes a timer removes it.
  const due = { ...second.call, timers: [] }
  const over = decide(due, { type: 'promptFinished' }, contextAt(5_600))
  expect(over.operations).toMatchObject([{ status: 'completed', clientContext: 'first', resultInfo: { code: 200 } }])
  expect([endedContexts(over), promptTimes(over)]).toEqual([['first'], [6_100]])
  const last = decide({ ...over.call, timers: [] }, { type: 'promptFinished' }, contextAt(6_100))
  expect([endedContexts(last), promptTimes(last), last.call.operations]).toEqual([['second'], [], []])
})

test('canceling ends the playing and the waiting prompts in order, and nothing else', () => {
  const call = establishedCall(
    prompt('first'),
    { type: 'invite', participants: [participantInfo('bob')] },
    prompt('second'),
  )
  const decision = decide(call, { type: 'cancelMediaProcessing', clientContext: 'cancel' }, contextAt())
  expect(decision.operations).toMatchObject([
    { type: 'cancelMediaProcessing', status: 'completed', clientContext: 'cancel' },
    { status: 'failed', resultInfo: { code: 400, subcode: 8508 } },
    { status: 'failed' },
  ])
  expect([endedContexts(decision), promptTimes(decision)]).toEqual([['first', 'second'], []])
  expect(decision.call.operations).toMatchObject([{ type: 'inviteParticipants' }])
})

test('a prompt that loops forever ends when it is canceled', () => {
  const endless = decide(establishedCall(), prompt('first', 0), contextAt())
  expect(promptTimes(endless)).toEqual([])
  expect(promptTimes(decide(endless.call, prompt('second'), contextAt()))).toEqual([])
  expect(endedContexts(decide(endless.call, { type: 'cancelMediaProcessing' }, contextAt()))).toEqual(['first'])
})

test('prompts need service-hosted media', () => {
  const hosted = { ...establishedCall(), mediaConfig: { type: 'appHosted' } } as const
  expect(() => decide(hosted, prompt('first'), contextAt())).toThrow('The call has application-hosted media')
  const none = applyCommands(meeting())
  expect(() => decide({ ...none, mediaConfig: undefined }, prompt('first'), contextAt())).toThrow(
    'The call has no media',
  )
})

test('twenty prompts and twenty invitations may run, and fail when the call ends', () => {
  const prompts = Array.from({ length: 20 }, (_, index) => prompt(`prompt ${index}`))
  const invitations = Array.from(
    { length: 20 },
    (_, index) => ({ type: 'invite', participants: [participantInfo(`p${index}`)] }) as const,
  )
  const full = establishedCall(...prompts, ...invitations)
  expect(() => decide(full, prompt('another'), contextAt())).toThrow('20 prompts and recordings still run or wait')
  const end = decide(full, { type: 'hangUp' }, contextAt())
  expect(eventTypes(end)).toEqual([...Array.from({ length: 40 }, () => 'operationEnded'), 'terminating', 'terminated'])
  expect(end.operations.every(({ status }) => status === 'failed')).toBe(true)
})

test('keeping a call alive that is not established changes nothing', () => {
  const call = applyCommands(outgoingCall('heidi'))
  expect(decide(call, { type: 'keepAlive' }, contextAt(5_000)).call).toBe(call)
})

test('a peer-to-peer call ends when the other side hangs up', () => {
  const left = decide(
    applyCommands(outgoingCall('heidi'), { type: 'personAnswers', personId: 'heidi' }),
    { type: 'personLeaves', personId: 'heidi' },
    contextAt(),
  )
  expect(eventTypes(left)).toEqual(['terminated'])
  expect(left.call.endReason).toBe('otherSideEnded')
})

test('an incoming call ends when the caller hangs up', () => {
  const left = decide(applyCommands(incomingCall), { type: 'personLeaves', personId: 'caller' }, contextAt())
  expect(left.call).toMatchObject({ state: 'terminated', endReason: 'otherSideEnded' })
})

test('only the caller can leave an incoming call', () => {
  const leave = () => decide(applyCommands(incomingCall), { type: 'personLeaves', personId: 'heidi' }, contextAt())
  expect(leave).toThrow('heidi is not in this call.')
})

test('a group call ends when all others have left and no invitee rings', () => {
  const call = applyCommands(outgoingCall('heidi', 'bob'), { type: 'personAnswers', personId: 'heidi' })
  const alone = decide(call, { type: 'personLeaves', personId: 'heidi' }, contextAt())
  expect(eventTypes(alone)).toEqual(['rosterUpdated'])
  const ended = decide(alone.call, { type: 'personDeclines', personId: 'bob' }, contextAt())
  expect(ended.call).toMatchObject({ state: 'terminated', endReason: 'allLeft' })
})

test('a peer-to-peer call cannot be joined', () => {
  const call = applyCommands(incomingCall, answer)
  const join = () => decide(call, { type: 'personJoins', info: participantInfo('heidi') }, contextAt())
  expect(join).toThrow('The call is peer-to-peer; personJoins needs a group call or a meeting.')
})

test('only twenty invitations run at a time, because they all end with the call in one transaction', () => {
  const invitations = (count: number) =>
    Array.from(
      { length: count },
      (_, index) => ({ type: 'invite', participants: [participantInfo(`p${index}`)] }) as const,
    )
  const full = applyCommands(incomingCall, answer, ...invitations(20))
  expect(() => decide(full, { type: 'invite', participants: [participantInfo('last')] }, contextAt())).toThrow(
    '20 invitations are still running',
  )
  expect(decide(full, { type: 'hangUp' }, contextAt()).operations).toHaveLength(20)
})
