import type { Call, CallEvent, Decision, EndReason, Operation, RingingParticipant, RuleContext } from './call.js'
import type { CommandOfType, PersonCommand, PersonJoinsCommand, ReplacementEndedCommand } from './commands.js'
import { establishCall } from './connect.js'
import { sessionEndedEvents } from './contentSharing.js'
import { COMPLETED, endReasonResults } from './endReasons.js'
import { CallError, InOtherCall, notInCall, requireGroupCall } from './errors.js'
import { askLeg, findOfferer, planReading } from './legs/links.js'
import { finishOperation, operationEndedEvents } from './operation.js'
import { redirectAnswered, redirectRefused } from './operations/redirect.js'
import { transferAccepted, transferFailed } from './operations/transfer.js'
import type { Participant, ResultInfo } from './resources.js'
import { isInCallOrInvited, otherParticipants, requireParticipant, requireRoom } from './roster.js'
import {
  addParticipant,
  changeParticipant,
  isSameId,
  removeParticipant,
  silentDecision,
  stopRinging,
  terminateCall,
  updateCall,
} from './updates.js'

/** A ringing person answers: this establishes the call, or lets them join the established call. */
export function personAnswers(call: Call, command: PersonCommand, context: RuleContext): Decision {
  return admitParticipant(call, requireRinging(call, command), context)
}

/** The replaced participant of another call joins this one. */
export const replacementCompleted = (call: Call, command: ReplacementEndedCommand, context: RuleContext): Decision =>
  admitParticipant(call, requireReplacement(call, command.participantId), context)

/** The replaced participant does not join: they have left the other call, or another invitation has reserved them. */
export const replacementFailed = (call: Call, command: ReplacementEndedCommand, context: RuleContext): Decision =>
  removeInvitee(call, requireReplacement(call, command.participantId), 'notReplaced', context)

/** A participant who was called or invited joins. */
export function admitParticipant(call: Call, invitee: RingingParticipant, context: RuleContext): Decision {
  if (call.state === 'redirecting') return redirectAnswered(call, invitee, context)
  if (call.state === 'transferring') return transferAccepted(call, invitee, context)
  const { participantId: id, info, legCallId } = invitee
  const joined = addParticipant(stopRinging(call, id), { id, info, hasMedia: true, legCallId }, context)
  if (call.state === 'establishing') return establishCall(joined, [], context)

  const { call: settled, operations } = settleInvitation(makeGroup(joined), invitee, context)
  return {
    call: settled,
    operations,
    events: [...operationEndedEvents(settled, operations), rosterUpdatedEvent(settled)],
  }
}

/** From now on the call is a group call. If it was peer-to-peer, that may hide the bot. */
export function makeGroup(call: Call): Call {
  const isBotHidden = !call.isGroup && call.callOptions?.hideBotAfterEscalation
  return updateCall(call, { isGroup: true, ...(isBotHidden && { isBotHidden }) })
}

export const personDeclines = (call: Call, command: PersonCommand, context: RuleContext): Decision =>
  removeInvitee(call, requireRinging(call, command), 'declined', context)

export const personIsBusy = (call: Call, command: PersonCommand, context: RuleContext): Decision =>
  removeInvitee(call, requireRinging(call, command), 'busy', context)

/** A called or invited participant did not answer in time. */
export function ringTimedOut(call: Call, command: CommandOfType<'ringTimedOut'>, context: RuleContext): Decision {
  const invitee = call.ringing.find(({ participantId }) => participantId === command.participantId)
  if (!invitee) throw notRinging(command.participantId)
  return removeInvitee(call, invitee, 'unanswered', context)
}

/** A person joins a group call or a meeting without an invitation. */
export function personJoins(call: Call, command: PersonJoinsCommand, context: RuleContext): Decision {
  requireGroupCall(call, command.type)
  requireRoom(call, 1)
  const { identity } = command.info
  if (isInCallOrInvited(call, identity)) {
    throw new CallError(
      'alreadyInCall',
      `identity: the ${identity.kind} ${identity.id} is in the call or invited to it.`,
    )
  }
  const { info, isInLobby } = command
  const next = updateCall(addParticipant(call, { id: context.newId(), info, hasMedia: true, isInLobby }, context))
  return { call: next, operations: [], events: [rosterUpdatedEvent(next)] }
}

/** The organizer lets a person who waits in the lobby into the meeting. */
export function personIsAdmitted(call: Call, { personId }: PersonCommand): Decision {
  const next = changeParticipant(call, requireWaiting(call, personId), { isInLobby: false })
  return { call: next, operations: [], events: [rosterUpdatedEvent(next)] }
}

/** The organizer does not let a person who waits in the lobby into the meeting. */
export function personIsRefused(call: Call, { personId }: PersonCommand, { now }: RuleContext): Decision {
  return leaveGroup(call, requireWaiting(call, personId).id, now)
}

/** A person hangs up. That ends a peer-to-peer call; a group call continues without them. */
export function personLeaves(call: Call, command: PersonCommand, context: RuleContext): Decision {
  if (call.state !== 'established' && call.state !== 'transferring') {
    // In an earlier state, the only person who can hang up is the caller of an incoming call.
    if (call.direction === 'incoming' && isSameId(call.source.identity.id, command.personId)) {
      const offerer = findOfferer(call)
      if (offerer) throw new InOtherCall(command.personId, offerer.callId)
      return terminateCall(call, 'otherSideEnded', context.now)
    }
    throw notInCall(command.personId)
  }
  const participant = requireParticipant(call, command.personId)
  if (call.isGroup) return leaveGroup(call, participant.id, context.now)
  return terminateCall(removeParticipant(call, participant.id), 'otherSideEnded', context.now)
}

/** Removes a participant from a group call, which ends when the bot is alone in it. Their transfer fails. */
export function leaveGroup(call: Call, participantId: string, now: number): Decision {
  const next = updateCall(removeParticipant(call, participantId))
  const events = [...sessionEndedEvents(call, next), rosterUpdatedEvent(next)]
  const left: Decision = { call: next, operations: [], events }
  const target = next.ringing.find(({ transfereeId }) => transfereeId === participantId)
  if (!target) return endIfAlone(left, now)
  const failed = transferFailed(dismiss(next, target, now), target, { now })
  return endIfAlone({ ...failed, events: [...left.events, ...failed.events] }, now)
}

/** An application that no longer rings leaves its own call too. */
const dismiss = (call: Call, { participantId, legCallId }: RingingParticipant, now: number): Call =>
  planReading(askLeg(call, legCallId, { type: 'remove', participantId }), now)

/** Removes a ringing participant, which may end the invitation or the call. */
export function removeInvitee(
  ringing: Call,
  invitee: RingingParticipant,
  endReason: EndReason,
  context: RuleContext,
): Decision {
  const call = dismiss(ringing, invitee, context.now)
  if (call.state === 'redirecting') return redirectRefused(call, invitee, endReason, context.now)
  if (call.state === 'transferring') return transferFailed(call, invitee, context)
  const remaining = updateCall(stopRinging(call, invitee.participantId))
  if (call.state === 'establishing') {
    if (remaining.ringing.length > 0) return silentDecision(remaining)
    return terminateCall(remaining, call.targets.length > 1 ? 'noneJoined' : endReason, context.now)
  }
  const { call: settled, operations } = settleInvitation(remaining, invitee, context, endReasonResults[endReason])
  return endIfAlone({ call: settled, operations, events: operationEndedEvents(settled, operations) }, context.now)
}

/**
 * Records one outcome of the invitation of `invitee`. With the last outcome the operation ends: completed if a
 * participant joined, otherwise failed with this last failure.
 *
 * @param failure why the invitee does not join; undefined when they have joined
 */
function settleInvitation(
  call: Call,
  invitee: RingingParticipant,
  context: RuleContext,
  failure?: ResultInfo,
): { call: Call; operations: Operation[] } {
  const running = call.operations.find(({ id }) => id === invitee.operationId)
  if (!running) return { call, operations: [] }
  const settled = failure ? running : countJoined(running, invitee)
  const others = call.operations.filter(({ id }) => id !== running.id)
  if (call.ringing.some(({ operationId }) => operationId === running.id)) {
    return { call: { ...call, operations: [...others, settled] }, operations: [] }
  }
  const ended =
    settled.joinedCount > 0
      ? finishOperation(settled, context.now, 'completed', COMPLETED)
      : finishOperation(settled, context.now, 'failed', failure)
  return { call: { ...call, operations: others }, operations: [ended] }
}

function countJoined(invitation: Operation, { replaces }: RingingParticipant): Operation {
  const counted = { ...invitation, joinedCount: invitation.joinedCount + 1 }
  return replaces ? { ...counted, hasReplacementJoined: true } : counted
}

/** Ends a group call in which only the bot is left and no participant rings. A meeting continues. */
function endIfAlone(decision: Decision, now: number): Decision {
  const { call, operations, events } = decision
  const isAlone = otherParticipants(call).length === 0 && call.ringing.length === 0
  if (!isAlone || call.meetingInfo) return decision
  const end = terminateCall(call, 'allLeft', now, events)
  return { ...end, operations: [...operations, ...end.operations] }
}

function requireWaiting(call: Call, personId: string): Participant {
  const participant = requireParticipant(call, personId)
  if (!participant.isInLobby) throw new CallError('notInLobby', `${personId} is not in the lobby of this call.`)
  return participant
}

function requireRinging(call: Call, { personId, participantId }: PersonCommand): RingingParticipant {
  const invitee = call.ringing.find(
    ({ info, replaces, legCallId, participantId: ringing }) =>
      !replaces &&
      legCallId === undefined &&
      isSameId(info.identity.id, personId) &&
      (participantId ?? ringing) === ringing,
  )
  if (!invitee) throw notRinging(personId)
  return invitee
}

function requireReplacement(call: Call, participantId: string): RingingParticipant {
  const invitee = call.ringing.find((ringing) => ringing.replaces && ringing.participantId === participantId)
  if (!invitee) throw new CallError('notRinging', `${participantId} is not being moved into this call.`)
  return invitee
}

const notRinging = (id: string): CallError => new CallError('notRinging', `${id} is not ringing in this call.`)

const rosterUpdatedEvent = (call: Call): CallEvent => ({ type: 'rosterUpdated', call })
