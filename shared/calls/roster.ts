import type { Call } from './call.js'
import { notInCall } from './errors.js'
import type { Identity, Participant } from './resources.js'
import { isSameId, isSameIdentity } from './updates.js'

// Questions about the participants of a call.

/** Whether the identity is a participant of the call, the bot included, or rings. */
export const isInCallOrInvited = (call: Call, identity: Identity): boolean =>
  [...call.participants, ...call.ringing].some(({ info }) => isSameIdentity(info.identity, identity))

/** The participants other than the bot. */
export const otherParticipants = (call: Call): readonly Participant[] =>
  call.participants.filter(({ id }) => id !== call.myParticipantId)

/**
 * Finds a person by the id of their identity, of any kind: requests to the simulator do not name the kind.
 *
 * @throws CallError notInCall
 */
export function requireParticipant(call: Call, personId: string): Participant {
  const participant = otherParticipants(call).find(({ info }) => isSameId(info.identity.id, personId))
  if (!participant) throw notInCall(personId)
  return participant
}
