import type { Call, Decision, RuleContext, Timer } from './call.js'
import type { ReleaseParticipantCommand, ReserveParticipantCommand } from './commands.js'
import { alreadyBeingReplaced, CallError, callNotFound, notAllowedInState, notInCall } from './errors.js'
import { leaveGroup } from './participants.js'
import type { Identity, Invitation, Participant } from './resources.js'
import { findReservation, otherParticipants } from './roster.js'
import { isSameIdentity, silentDecision, terminateCall, updateCall } from './updates.js'

// A replacement (replacesCallId) moves a participant from an old call into a new one. These rules are for the old call.

/** How often the old call looks at the outcome of the invitation. */
const REPLACEMENT_POLL_MS = 1_000

/**
 * Finds the participant of this call, the old one, whom an invitation into another call replaces.
 *
 * @param path where the request has the invitation
 * @throws CallError when the call is not established, the identity is not in it, the participantId of the invitation is
 *   that of another participant, or the participant is already reserved or is in the call of another application
 */
export function findReplaceableParticipant(
  call: Call,
  { identity, participantId }: Invitation,
  path: string,
): Participant {
  if (call.state === 'terminated') throw callNotFound()
  if (call.state !== 'established') throw notAllowedInState('replacesCallId', call.state, ['established'])
  const participant = otherParticipants(call).find(
    ({ id, info }) => isSameIdentity(info.identity, identity) && (participantId ?? id) === id,
  )
  if (!participant) throw notInReplacedCall(identity, participantId, path)
  if (findReservation(call, participant.id)) throw alreadyBeingReplaced(identity.id)
  if (participant.legCallId !== undefined) {
    const message = `${path}.identity: ${identity.id} is in the call of another application and cannot be moved.`
    throw new CallError('inOtherCall', message)
  }
  return participant
}

/** Reserves a participant. The timer is the reservation, renewed until the outcome of the replacement is known. */
export function reserveParticipant(
  call: Call,
  command: ReserveParticipantCommand,
  { now }: Pick<RuleContext, 'now'>,
): Decision {
  const { type: _, ...replacement } = command
  const { participantId, operationId } = replacement
  if (!call.participants.some(({ id }) => id === participantId)) throw notInCall(participantId)
  const reservation = findReservation(call, participantId)
  if (reservation && reservation.command.operationId !== operationId) throw alreadyBeingReplaced(participantId)
  const others = call.timers.filter((timer) => timer !== reservation)
  const timer: Timer = {
    id: `awaitReplacement:${participantId}`,
    at: now + REPLACEMENT_POLL_MS,
    command: { ...replacement, type: 'awaitReplacement' },
    participantId,
  }
  return silentDecision(updateCall(call, { timers: [...others, timer] }))
}

/**
 * Applies the outcome of a replacement. Completed: the participant is in the new call, so this call ends if it is
 * peer-to-peer, or continues without them. Failed: the participant stays. Running: the reservation is renewed.
 */
export function releaseParticipant(
  call: Call,
  command: ReleaseParticipantCommand,
  context: Pick<RuleContext, 'now'>,
): Decision {
  const { type: _, outcome, ...replacement } = command
  const { participantId, operationId } = replacement
  if (!call.participants.some(({ id }) => id === participantId)) throw notInCall(participantId)
  if (outcome === 'running') return reserveParticipant(call, { ...replacement, type: 'reserveParticipant' }, context)
  if (outcome === 'completed') {
    return call.isGroup ? leaveGroup(call, participantId, context.now) : terminateCall(call, 'replaced', context.now)
  }
  const reservation = findReservation(call, participantId)
  if (reservation?.command.operationId !== operationId) return silentDecision(call)
  return silentDecision(updateCall(call, { timers: call.timers.filter((timer) => timer !== reservation) }))
}

function notInReplacedCall({ kind, id }: Identity, participantId: string | undefined, path: string): CallError {
  if (participantId === undefined) {
    return new CallError('notInCall', `The ${kind} ${id} is not in the call to be replaced.`)
  }
  return new CallError(
    'participantMismatch',
    `${path}.participantId: ${participantId} is not the id of the ${kind} ${id} in the call to be replaced.`,
  )
}
