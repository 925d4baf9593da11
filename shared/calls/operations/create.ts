import type { Call, Decision, RuleContext } from '../call.js'
import type { CreateCommand } from '../commands.js'
import { connect } from '../connect.js'
import { addMembers } from '../legs/links.js'
import { ringParticipants } from '../updates.js'

/** The bot calls one participant or several, or joins a meeting, which connects without an answer. */
export function createOutgoingCall(command: CreateCommand, context: RuleContext): Decision {
  const { type: _type, ringTimeoutMs = context.ringTimeoutMs, legCallIds, peers = [], ...given } = command
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
  if (isMeeting) return connect(addMembers(blank, peers, context.now), context)
  const call = ringParticipants(blank, command.targets, context, { legCallIds })
  return { call, operations: [], events: [{ type: 'establishing', call }] }
}
