import type { Call, CallEvent, Decision, Operation, RingingParticipant, RuleContext } from '../call.js'
import type { TransferCommand } from '../commands.js'
import { COMPLETED, CONSULTATION_FAILED, TRANSFER_FAILED } from '../endReasons.js'
import { alreadyBeingReplaced, CallError, isInLobby, requireInstanceForPhones } from '../errors.js'
import { toSuccessor } from '../legs/links.js'
import { createOperation, finishOperation, removeOperations } from '../operation.js'
import type { Participant, ParticipantInfo } from '../resources.js'
import { findReservation, isInCallOrInvited, otherParticipants } from '../roster.js'
import {
  addReplacement,
  botInfo,
  isSameIdentity,
  ringParticipants,
  stopRinging,
  terminateCall,
  updateCall,
} from '../updates.js'

/**
 * The bot transfers a participant (the transferee) to a target, who rings. In a consultative transfer, `replaces` is
 * the target in another call with the bot: the target does not ring, and leaves that call for the transferee.
 *
 * @throws CallError when
 *   - a group call does not name the transferee,
 *   - the transferee is not in the call, is in its lobby, or is being moved into another call,
 *   - the transferee of a group call is in the call of another application,
 *   - the target is in the call already, or an invitation is running, or
 *   - the target is a phone and the bot has no application instance
 */
export function transfer(call: Call, command: TransferCommand, context: RuleContext): Decision {
  const { target, transferee, replaces, legCallIds } = command
  const leaving = findTransferee(call, transferee)
  if (call.isGroup && leaving.legCallId !== undefined) {
    const { id } = leaving.info.identity
    const message = `transferee.identity: ${id} is in the call of another application and cannot be transferred.`
    throw new CallError('inOtherCall', message)
  }
  if (leaving.isInLobby) throw isInLobby(leaving.info.identity.id)
  if (findReservation(call, leaving.id)) throw alreadyBeingReplaced(leaving.info.identity.id)
  const transfereeId = leaving.id
  requireInstanceForPhones(botInfo(call), [target], 'transferTarget')
  if (isInCallOrInvited(call, target.identity)) {
    throw new CallError('alreadyInCall', `transferTarget.identity: ${target.identity.id} is in the call already.`)
  }
  if (call.ringing.length > 0) {
    throw new CallError('invitationRunning', 'An invitation is still running; transfer the call after its end.')
  }
  const operation = createOperation('transfer', command, context)
  const transferring = updateCall(call, { state: 'transferring', operations: [...call.operations, operation] })
  const next = replaces
    ? addReplacement(transferring, { info: replaces.info, operationId: operation.id, replaces }, context)
    : ringParticipants(transferring, [target], context, { operationId: operation.id, legCallIds })
  const withTransferee = { ...next, ringing: next.ringing.map((ringing) => ({ ...ringing, transfereeId })) }
  return {
    call: withTransferee,
    operations: [operation],
    events: [{ type: 'transferring', call: withTransferee, operation }],
  }
}

/** The target answers and is connected to the transferee. The call of the bot ends. */
export function transferAccepted(call: Call, target: RingingParticipant, { now }: RuleContext): Decision {
  const { next, operation } = endTransfer(call, target)
  const hasReplacementJoined = target.replaces ? ({ hasReplacementJoined: true } as const) : {}
  const completed = { ...finishOperation(operation, now, 'completed', COMPLETED), ...hasReplacementJoined }
  const accepted = updateCall(next, { state: 'transferAccepted', ...connectedBy(call, target) })
  const events: CallEvent[] = [{ type: 'transferAccepted', call: accepted, operation: completed }]
  const end = terminateCall(accepted, 'transferred', now, events)
  return { ...end, operations: [completed, ...end.operations] }
}

function connectedBy(call: Call, target: RingingParticipant): Pick<Call, 'connected'> {
  const transferee = call.participants.find(({ id }) => id === target.transfereeId)
  if (!transferee) return {}
  return { connected: [toSuccessor({ ...transferee, participantId: transferee.id }), toSuccessor(target)] }
}

/** The target declines, rings out or has left. The call is established again. */
export function transferFailed(call: Call, target: RingingParticipant, { now }: Pick<RuleContext, 'now'>): Decision {
  const { next, operation } = endTransfer(call, target)
  const resultInfo = target.replaces ? CONSULTATION_FAILED : TRANSFER_FAILED
  const failed = finishOperation(operation, now, 'failed', resultInfo)
  const established = updateCall(next, { state: 'established' })
  return {
    call: established,
    operations: [failed],
    events: [{ type: 'transferFailed', call: established, operation: failed, replacesCallId: target.replaces?.callId }],
  }
}

function endTransfer(call: Call, target: RingingParticipant): { next: Call; operation: Operation } {
  const operation = call.operations.find(({ id }) => id === target.operationId)
  if (!operation) throw new Error('expected the target of a transfer to have its operation')
  return { next: removeOperations(stopRinging(call, target.participantId), [operation]), operation }
}

/** Finds the transferee. Only a group call must name them (Graph: call-transfer). */
function findTransferee(call: Call, transferee: ParticipantInfo | undefined): Participant {
  const others = otherParticipants(call)
  if (!transferee) {
    const [only] = others
    if (only && !call.isGroup) return only
    throw new CallError('needsTransferee', 'transferee: is required to transfer from a group call.')
  }
  const { identity, participantId } = transferee
  const found = others.find(({ info }) => isSameIdentity(info.identity, identity))
  if (!found) throw new CallError('notInCall', `transferee.identity: ${identity.id} is not in this call.`)
  if ((participantId ?? found.id) === found.id) return found
  throw new CallError(
    'participantMismatch',
    `transferee.participantId: ${participantId} is not the id of the ${identity.kind} ${identity.id} in this call.`,
  )
}
