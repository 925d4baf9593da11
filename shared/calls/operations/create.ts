import type { Call, Decision, RuleContext, Timer } from '../call.js'
import type { CreateCommand } from '../commands.js'
import { connect } from '../connect.js'
import { ringParticipants } from '../updates.js'

/** The bot calls one participant or several, or joins a meeting, which connects without an answer. */
export function createOutgoingCall(command: CreateCommand, context: RuleContext): Decision {
  const { type: _type, ringTimeoutMs = context.ringTimeoutMs, legCallId, ...given } = command
  const isMeeting = command.meetingInfo !== undefined
  const blank: Call = {
    ...given,
    direction: 'outgoing',
    state: 'establishing',
    isGroup: isMeeting || command.targets.length > 1,
    version: 1,
    callChainId: command.id,
    myParticipantId: context.newId(),
    activeModalities: [],
    ringTimeoutMs,
    participants: [],
    ringing: [],
    operations: [],
    timers: [],
    lastSourceId: 0,
    createdAt: context.now,
  }
  if (isMeeting) return connect(blank, context)
  const ringing = ringParticipants(blank, command.targets, context)
  const call = legCallId === undefined ? ringing : addLeg(ringing, legCallId, context.now)
  return { call, operations: [], events: [{ type: 'establishing', call }] }
}

/** The called application gets a call of its own, its leg, at once. */
function addLeg(call: Call, callId: string, now: number): Call {
  const participantId = call.ringing[0]?.participantId ?? ''
  const offer: Timer = { id: 'offerLeg', at: now, command: { type: 'offerLeg' } }
  return { ...call, leg: { callId, participantId, version: 0 }, timers: [...call.timers, offer] }
}
