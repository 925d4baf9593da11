import type { Call, Decision, RuleContext } from '../call.js'
import type { ParticipantCommand } from '../commands.js'
import { CallError, isInLobby } from '../errors.js'
import { completedOperation, createOperation, startTimedOperation } from '../operation.js'
import { requireNotBot, requireRosterEntry } from '../roster.js'
import { updateCall } from '../updates.js'

// No audio is played, so the hold begins and ends at once. The roster of Graph does not show who is on hold.

/**
 * Puts a participant on hold, until stopHoldMusic or until they leave.
 *
 * @throws CallError when a participant is on hold already (Graph: participant-startholdmusic)
 */
export function startHoldMusic(call: Call, command: ParticipantCommand, context: RuleContext): Decision {
  const { id, info, isInLobby: isWaiting } = requireRosterEntry(call, command.participantId)
  if (isWaiting) throw isInLobby(info.identity.id)
  requireNotBot(call, id, 'cannot be on hold')
  if (call.heldParticipantId !== undefined) {
    const message = `The participant ${call.heldParticipantId} is on hold; a call has one participant on hold at most.`
    throw new CallError('alreadyOnHold', message)
  }
  const operation = createOperation('startHoldMusic', command, context)
  const held = updateCall(call, { heldParticipantId: id })
  return { call: startTimedOperation(held, operation, 0), operations: [operation], events: [] }
}

/**
 * Ends the hold. The reply has the completed operation, as on the page of Graph; the Communications SDK does not
 * recognize a notification about it.
 *
 * @throws CallError when the participant is not on hold
 */
export function stopHoldMusic(call: Call, command: ParticipantCommand, context: RuleContext): Decision {
  const { id } = requireRosterEntry(call, command.participantId)
  const { heldParticipantId, ...rest } = call
  if (heldParticipantId !== id) throw new CallError('notOnHold', `The participant ${id} is not on hold.`)
  return { call: updateCall(rest), operations: [completedOperation('stopHoldMusic', command, context)], events: [] }
}
