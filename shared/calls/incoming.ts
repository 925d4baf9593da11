import type { Call, Decision, RuleContext } from './call.js'
import type { IncomingCommand } from './commands.js'
import { addMembers, addOffer } from './legs/links.js'

/** The time that a policy-based recording bot has to answer (Graph: call-answer). */
const RECORDING_ANSWER_TIMEOUT_MS = 5_000

/** A person calls a bot, which has `answerTimeoutMs` to answer. */
export function createIncomingCall(command: IncomingCommand, context: RuleContext): Decision {
  const { type: _, from, to, offer, peers = [], ...given } = command
  const { region, languageId } = from
  const isRecording = command.incomingContext?.observedParticipantId !== undefined
  const timeoutMs = Math.min(context.answerTimeoutMs, isRecording ? RECORDING_ANSWER_TIMEOUT_MS : Infinity)
  const ringing: Call = {
    ...given,
    direction: 'incoming',
    state: 'incoming',
    isGroup: offer?.isGroup || command.chatInfo !== undefined || command.meetingInfo !== undefined,
    version: 1,
    callChainId: command.id,
    myParticipantId: offer?.myParticipantId ?? context.newId(),
    source: from,
    targets: [{ region, languageId, identity: to }],
    activeModalities: [],
    ringTimeoutMs: context.ringTimeoutMs,
    participants: [],
    ringing: [],
    operations: [],
    timers: [{ id: 'answerDeadline', at: context.now + timeoutMs, command: { type: 'answerTimedOut' } }],
    lastSourceId: 0,
    createdAt: context.now,
  }
  const call = addMembers(offer ? addOffer(ringing, offer, context.now) : ringing, peers, context.now)
  return { call, operations: [], events: [{ type: 'incoming', call }] }
}
