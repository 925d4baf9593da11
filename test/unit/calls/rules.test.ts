import { expect, test } from 'vitest'
import type { Decision } from '../../../shared/calls/call.js'
import type { Command } from '../../../shared/calls/commands.js'
import { endReasonResults } from '../../../shared/calls/endReasons.js'
import { decide } from '../../../shared/calls/rules.js'
import { answer, contextAt, incomingCall, meeting, outgoingCall, person, play } from '../../support/calls.js'

const announced = ({ events }: Decision) => events.map(({ type }) => type)
const roster = ({ call }: Decision) => call.participants.map(({ info }) => info.identity.id)

test('an incoming call waits for its bot and gives up at the deadline', () => {
  const call = play(incomingCall)
  expect(call).toMatchObject({ state: 'incoming', direction: 'incoming', isGroup: false })
  expect(call.timers).toEqual([{ id: 'answerDeadline', at: 15_000, command: { type: 'answerTimedOut' } }])
  const missed = decide(call, { type: 'answerTimedOut' }, contextAt(15_000))
  expect(announced(missed)).toEqual(['terminated'])
  expect(missed.call.endReason).toBe('missed')
})

test('an answered call is establishing, then established with the caller and the bot in it', () => {
  const answered = decide(play(incomingCall), { ...answer, callbackUri: 'https://bot.example/calls' }, contextAt())
  expect(announced(answered)).toEqual(['establishing'])
  expect(answered.operations).toMatchObject([{ type: 'answer', status: 'running' }])
  expect(answered.call.callbackUri).toBe('https://bot.example/calls')
  const connected = decide(answered.call, { type: 'connect' }, contextAt())
  expect(announced(connected)).toEqual(['established', 'mediaStateChanged'])
  expect(connected.operations).toMatchObject([{ type: 'answer', status: 'completed' }])
  expect(roster(connected)).toEqual(['caller', 'bot'])
})

test('without a callback in the answer, the notifications go where the call was announced', () => {
  expect(play(incomingCall, answer).callbackUri).toBe('https://bot.example/webhook')
})

test('answering a call twice is refused with the state it is in and the state it needs', () => {
  const twice = () => decide(play(incomingCall, answer), answer, contextAt())
  expect(twice).toThrow('The call is establishing; answer needs a call that is incoming.')
})

test.each([
  ['none', 'declined'],
  ['busy', 'busy'],
  ['forbidden', 'forbidden'],
] as const)('a bot that rejects a call with the reason %s ends it', (reason, endReason) => {
  const rejected = decide(play(incomingCall), { type: 'reject', reason }, contextAt())
  expect(announced(rejected)).toEqual(['terminated'])
  expect(rejected.call).toMatchObject({ endReason, timers: [], callbackUri: 'https://bot.example/webhook' })
})

test('a called person answers', () => {
  const answered = decide(play(outgoingCall('heidi')), { type: 'personAnswers', personId: 'HEIDI' }, contextAt())
  expect(announced(answered)).toEqual(['established', 'mediaStateChanged'])
  expect(roster(answered)).toEqual(['heidi', 'bot'])
  expect(answered.call).toMatchObject({ ringing: [], activeModalities: ['audio'] })
  expect(answered.call.timers.map(({ id }) => id)).toEqual(['keepAlive'])
})

test.each([
  ['declines', { type: 'personDeclines', personId: 'heidi' }, 'declined'],
  ['is busy', { type: 'personIsBusy', personId: 'heidi' }, 'busy'],
  ['never answers', { type: 'ringTimedOut', participantId: 'id-0-3' }, 'unanswered'],
] as const)('a called person %s, which ends the call', (_, command, ending) => {
  const decision = decide(play(outgoingCall('heidi')), command, contextAt())
  expect(announced(decision)).toEqual(['terminated'])
  expect(decision.call.endReason).toBe(ending)
})

test('a group call is established with the first who answers and ends when nobody does', () => {
  const call = play(outgoingCall('heidi', 'bob'), { type: 'personDeclines', personId: 'bob' })
  expect(call.state).toBe('establishing')
  const established = decide(call, { type: 'personAnswers', personId: 'heidi' }, contextAt())
  expect(announced(established)).toEqual(['established', 'rosterUpdated', 'mediaStateChanged'])
  const nobody = decide(call, { type: 'personIsBusy', personId: 'heidi' }, contextAt())
  expect(nobody.call).toMatchObject({ state: 'terminated', endReason: 'noneJoined' })
})

test('a joined meeting calls nobody, and the bot is alone on its first roster', () => {
  const joined = decide(play(meeting()), { type: 'connect' }, contextAt())
  expect(announced(joined)).toEqual(['established', 'rosterUpdated'])
  expect(joined.call.participants).toMatchObject([{ id: joined.call.myParticipantId, mediaStreams: [] }])
})

test('somebody joins a meeting and leaves it, and the bot stays', () => {
  const call = play(meeting(), { type: 'connect' }, { type: 'personJoins', info: person('heidi') })
  const left = decide(call, { type: 'personLeaves', personId: 'heidi' }, contextAt())
  expect(announced(left)).toEqual(['rosterUpdated'])
  expect(roster(left)).toEqual(['bot'])
  expect(left.call.state).toBe('established')
})

test('an invitation completes before the roster shows who came', () => {
  const call = play(incomingCall, answer, { type: 'connect' })
  const invited = decide(
    call,
    { type: 'invite', participants: [person('heidi')], clientContext: 'context' },
    contextAt(),
  )
  expect(announced(invited)).toEqual([])
  expect(invited.operations).toMatchObject([{ status: 'running', clientContext: 'context' }])
  const came = decide(invited.call, { type: 'personAnswers', personId: 'heidi' }, contextAt())
  expect(announced(came)).toEqual(['operationEnded', 'rosterUpdated'])
  expect(came.operations).toMatchObject([{ status: 'completed', clientContext: 'context', resultInfo: { code: 200 } }])
  expect(came.call.isGroup).toBe(true)
})

test('an invitation of several ends with the last outcome, completed if anybody came', () => {
  const invited = play(
    incomingCall,
    answer,
    { type: 'connect' },
    { type: 'invite', participants: ['heidi', 'bob'].map(person) },
  )
  const first = decide(invited, { type: 'personAnswers', personId: 'heidi' }, contextAt())
  expect(announced(first)).toEqual(['rosterUpdated'])
  const last = decide(first.call, { type: 'personDeclines', personId: 'bob' }, contextAt())
  expect(announced(last)).toEqual(['operationEnded'])
  expect(last.operations).toMatchObject([{ status: 'completed' }])
})

test('an invitation that nobody follows fails with the last reason, and the call goes on', () => {
  const call = play(incomingCall, answer, { type: 'connect' }, { type: 'invite', participants: [person('heidi')] })
  const declined = decide(call, { type: 'personDeclines', personId: 'heidi' }, contextAt())
  expect(declined.operations).toMatchObject([{ status: 'failed', resultInfo: endReasonResults.declined }])
  expect(declined.call).toMatchObject({ state: 'established', isGroup: false })
})

test('nobody is invited twice', () => {
  const call = play(incomingCall, answer, { type: 'connect' })
  const again = () => decide(call, { type: 'invite', participants: [person('Caller')] }, contextAt())
  expect(again).toThrow('participants[0].identity: Caller is in the call or already invited to it.')
})

test('where the era does not let a peer-to-peer call grow, an invitation needs chatInfo', () => {
  const call = play(incomingCall, answer, { type: 'connect' })
  const context = contextAt(0, { inviteConvertsToGroup: false })
  const command = { type: 'invite', participants: [person('heidi')] } as const
  expect(() => decide(call, command, context)).toThrow('peer-to-peer call without chatInfo')
  expect(decide({ ...call, chatInfo: { threadId: 't' } }, command, context).operations).toHaveLength(1)
})

test('the bot hangs up: terminating, then terminated', () => {
  const hungUp = decide(play(incomingCall, answer, { type: 'connect' }), { type: 'hangUp' }, contextAt())
  expect(announced(hungUp)).toEqual(['terminating'])
  expect(hungUp.call.timers).toMatchObject([{ command: { type: 'disconnect' } }])
  const gone = decide(hungUp.call, { type: 'disconnect' }, contextAt())
  expect(announced(gone)).toEqual(['terminated'])
  expect(gone.call).toMatchObject({ endReason: 'hungUp', timers: [] })
})

test('a call that ends takes its running invitation with it, and says so first', () => {
  const call = play(incomingCall, answer, { type: 'connect' }, { type: 'invite', participants: [person('heidi')] })
  const hungUp = decide(call, { type: 'hangUp' }, contextAt())
  expect(announced(hungUp)).toEqual(['operationEnded', 'terminating'])
  expect(hungUp.operations).toMatchObject([{ status: 'failed' }])
})

test('an established call ends unless its bot keeps it alive, which it can do again and again', () => {
  const call = play(outgoingCall('heidi'), { type: 'personAnswers', personId: 'heidi' })
  const deadline = (at: number) => [{ id: 'keepAlive', at, command: { type: 'keepAliveTimedOut' } }]
  expect(call.timers).toEqual(deadline(1_000 + 2_700_000))
  const kept = decide(call, { type: 'keepAlive' }, contextAt(5_000))
  expect(announced(kept)).toEqual([])
  expect(kept.call).toEqual({ ...call, timers: deadline(5_000 + 2_700_000) })
  const silent = decide(kept.call, { type: 'keepAliveTimedOut' }, contextAt())
  expect(announced(silent)).toEqual(['terminated'])
  expect(endReasonResults[silent.call.endReason ?? 'hungUp']).toMatchObject({ code: 408, subcode: 8537 })
})

test('a bot that mutes itself is muted in the roster, and told so once', () => {
  const call = play(meeting(), { type: 'connect' })
  const muted = decide(call, { type: 'mute', clientContext: 'context' }, contextAt())
  expect(announced(muted)).toEqual(['rosterUpdated'])
  expect(muted.operations).toMatchObject([
    { type: 'muteParticipant', status: 'completed', clientContext: 'context', resultInfo: { code: 200 } },
  ])
  expect(muted.call).toMatchObject({ operations: [], participants: [{ isMuted: true, version: 2 }] })
  const again = decide(muted.call, { type: 'mute' }, contextAt())
  expect(announced(again)).toEqual([])
  expect(again.operations).toHaveLength(1)
  const unmuted = decide(muted.call, { type: 'unmute' }, contextAt())
  expect(announced(unmuted)).toEqual(['rosterUpdated'])
  expect(unmuted.operations).toMatchObject([{ type: 'unmuteParticipant' }])
  expect(unmuted.call.participants).toMatchObject([{ isMuted: false }])
})

test('a peer-to-peer call has no roster to say who is muted, until it grows', () => {
  const call = play(outgoingCall('heidi'), { type: 'personAnswers', personId: 'heidi' })
  const muted = decide(call, { type: 'personMutes', personId: 'HEIDI' }, contextAt())
  expect(announced(muted)).toEqual([])
  expect(muted.call.participants).toMatchObject([{ isMuted: true }, { isMuted: false }])
  expect(() => decide(call, { type: 'personMutes', personId: 'bot' }, contextAt())).toThrow('bot is not in this call.')
})

test('tones are announced to a bot that has subscribed to them, and numbered', () => {
  const call = play(outgoingCall('heidi'), { type: 'personAnswers', personId: 'heidi' })
  const press = { type: 'personPresses', personId: 'heidi', tone: 'pound' } as const
  expect(decide(call, press, contextAt())).toEqual({ call, operations: [], events: [] })
  const subscribed = decide(call, { type: 'subscribeToTone' }, contextAt())
  expect(announced(subscribed)).toEqual([])
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
const talking = (...commands: Command[]) =>
  play(outgoingCall('heidi'), { type: 'personAnswers', personId: 'heidi' }, ...commands)
const endedWith = ({ events }: Decision) =>
  events.flatMap((one) => (one.type === 'operationEnded' ? [one.operation.clientContext] : []))
const promptTimers = ({ call }: Decision) =>
  call.timers.filter(({ command }) => command.type === 'promptFinished').map(({ at }) => at)

test('prompts play one after the other, and each says when it is over', () => {
  const first = decide(talking(), prompt('one'), contextAt(5_000))
  expect(first.operations).toMatchObject([{ type: 'playPrompt', status: 'running', prompts: prompt('one').prompts }])
  expect([announced(first), promptTimers(first)]).toEqual([[], [5_500]])
  const second = decide(first.call, prompt('two'), contextAt(5_100))
  expect(promptTimers(second)).toEqual([5_500])
  // The timer is taken off in the transaction that carries it out.
  const due = { ...second.call, timers: [] }
  const over = decide(due, { type: 'promptFinished' }, contextAt(5_600))
  expect(over.operations).toMatchObject([{ status: 'completed', clientContext: 'one', resultInfo: { code: 200 } }])
  expect([endedWith(over), promptTimers(over)]).toEqual([['one'], [6_100]])
  const last = decide({ ...over.call, timers: [] }, { type: 'promptFinished' }, contextAt(6_100))
  expect([endedWith(last), promptTimers(last), last.call.operations]).toEqual([['two'], [], []])
})

test('canceling ends the prompt that plays and those that wait, in order, and nothing else', () => {
  const call = talking(prompt('one'), { type: 'invite', participants: [person('bob')] }, prompt('two'))
  const decision = decide(call, { type: 'cancelMediaProcessing', clientContext: 'cancel' }, contextAt())
  expect(decision.operations).toMatchObject([
    { type: 'cancelMediaProcessing', status: 'completed', clientContext: 'cancel' },
    { status: 'failed', resultInfo: { code: 400, subcode: 8508 } },
    { status: 'failed' },
  ])
  expect([endedWith(decision), promptTimers(decision)]).toEqual([['one', 'two'], []])
  expect(decision.call.operations).toMatchObject([{ type: 'inviteParticipants' }])
})

test('a prompt that loops for ever is over when it is canceled', () => {
  const endless = decide(talking(), prompt('one', 0), contextAt())
  expect(promptTimers(endless)).toEqual([])
  expect(promptTimers(decide(endless.call, prompt('two'), contextAt()))).toEqual([])
  expect(endedWith(decide(endless.call, { type: 'cancelMediaProcessing' }, contextAt()))).toEqual(['one'])
})

test('prompts need service-hosted media', () => {
  const hosted = { ...talking(), mediaConfig: { type: 'appHosted' } } as const
  expect(() => decide(hosted, prompt('one'), contextAt())).toThrow('The call has application-hosted media')
  const none = play(meeting(), { type: 'connect' })
  expect(() => decide({ ...none, mediaConfig: undefined }, prompt('one'), contextAt())).toThrow('The call has no media')
})

test('prompts and invitations that run when the call ends fail with it, and there are only so many of them', () => {
  const prompts = Array.from({ length: 20 }, (_, index) => prompt(`prompt ${index}`))
  const invitations = Array.from(
    { length: 20 },
    (_, index) => ({ type: 'invite', participants: [person(`p${index}`)] }) as const,
  )
  const full = talking(...prompts, ...invitations)
  expect(() => decide(full, prompt('one more'), contextAt())).toThrow('20 prompts still play or wait')
  const end = decide(full, { type: 'hangUp' }, contextAt())
  expect(announced(end)).toEqual([...Array.from({ length: 40 }, () => 'operationEnded'), 'terminating'])
  expect(end.operations.every(({ status }) => status === 'failed')).toBe(true)
})

test('a call that is not established yet may be kept alive, which changes nothing', () => {
  const call = play(outgoingCall('heidi'))
  expect(decide(call, { type: 'keepAlive' }, contextAt(5_000)).call).toBe(call)
})

test('the other side of a peer-to-peer call hangs up', () => {
  const left = decide(
    play(outgoingCall('heidi'), { type: 'personAnswers', personId: 'heidi' }),
    { type: 'personLeaves', personId: 'heidi' },
    contextAt(),
  )
  expect(announced(left)).toEqual(['terminated'])
  expect(left.call.endReason).toBe('otherSideEnded')
})

test('a caller who gives up before the bot answers ends the call', () => {
  const left = decide(play(incomingCall), { type: 'personLeaves', personId: 'caller' }, contextAt())
  expect(left.call).toMatchObject({ state: 'terminated', endReason: 'otherSideEnded' })
})

test('a group call ends when all others have left, after a roster with the bot alone', () => {
  const call = play(outgoingCall('heidi', 'bob'), { type: 'personAnswers', personId: 'heidi' })
  const alone = decide(call, { type: 'personLeaves', personId: 'heidi' }, contextAt())
  expect(announced(alone)).toEqual(['rosterUpdated'])
  const nobody = decide(alone.call, { type: 'personDeclines', personId: 'bob' }, contextAt())
  expect(nobody.call).toMatchObject({ state: 'terminated', endReason: 'allLeft' })
})

test('a peer-to-peer call cannot be joined', () => {
  const call = play(incomingCall, answer, { type: 'connect' })
  const join = () => decide(call, { type: 'personJoins', info: person('heidi') }, contextAt())
  expect(join).toThrow('Only a group call or a meeting can be joined.')
})

test('only so many invitations run at once, because they all end with the call in one transaction', () => {
  const more = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ type: 'invite', participants: [person(`p${index}`)] }) as const)
  const full = play(incomingCall, answer, { type: 'connect' }, ...more(20))
  expect(() => decide(full, { type: 'invite', participants: [person('last')] }, contextAt())).toThrow(
    '20 invitations are still running',
  )
  expect(decide(full, { type: 'hangUp' }, contextAt()).operations).toHaveLength(20)
})
