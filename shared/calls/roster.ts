import type { Call, Timer } from './call.js'
import type { ReplacementStep } from './commands.js'
import { CallError, InOtherCall, notInCall } from './errors.js'
import type { Identity, Participant } from './resources.js'
import { isSameId, isSameIdentity } from './updates.js'

// Questions about the participants of a call.

/** Whether the identity is a participant of the call, the bot included, or rings. */
export const isInCallOrInvited = (call: Call, identity: Identity): boolean =>
  [...call.participants, ...call.ringing].some(({ info }) => isSameIdentity(info.identity, identity))

/**
 * A notification of the whole roster must fit into one row of 1 MiB (Azure Tables). The current API needs up to 2.6 KB
 * for each participant, if their names are as long as the size limit of the call allows.
 */
const MAX_PARTICIPANTS = 350

export const hasRoom = ({ participants, ringing }: Call, more: number): boolean =>
  participants.length + ringing.length + more <= MAX_PARTICIPANTS

/** @throws CallError when the call has no room for so many more participants */
export function requireRoom(call: Call, more: number): void {
  if (hasRoom(call, more)) return
  const count = call.participants.length + call.ringing.length
  throw new CallError(
    'callIsFull',
    `The call has ${count} participants and invitees; ${MAX_PARTICIPANTS} are possible.`,
  )
}

/** Whether the bot is connected with others, or could be. */
export const isConnected = ({ state }: Pick<Call, 'state'>): boolean =>
  state === 'established' || state === 'transferring'

/** The participants other than the bot. */
export const otherParticipants = (call: Call): readonly Participant[] =>
  call.participants.filter(({ id }) => id !== call.myParticipantId)

/** The roster that the bot sees, in the order of joining. */
export const visibleParticipants = (call: Call): readonly Participant[] =>
  call.isBotHidden ? otherParticipants(call) : call.participants

/**
 * Finds a person by the id of their identity, of any kind: requests to the simulator do not name the kind.
 *
 * @throws CallError notInCall, or InOtherCall when the person is in the call of another application
 */
export function requireParticipant(call: Call, personId: string): Participant {
  const participant = findPerson(call, personId)
  if (participant.legCallId !== undefined) throw new InOtherCall(personId, participant.legCallId)
  return participant
}

/**
 * Finds a person as `requireParticipant` does, also in the call of another application.
 *
 * @throws CallError notInCall
 */
export function findPerson(call: Call, personId: string): Participant {
  const found = otherParticipants(call).filter(({ info }) => isSameId(info.identity.id, personId))
  const participant = found.find(({ legCallId }) => legCallId === undefined) ?? found[0]
  if (!participant) throw notInCall(personId)
  return participant
}

/**
 * Finds a participant by their id in the roster, the bot included.
 *
 * @throws CallError participantNotFound
 */
export function requireRosterEntry(call: Call, participantId: string): Participant {
  const participant = call.participants.find(({ id }) => id === participantId)
  if (!participant) throw participantNotFound()
  return participant
}

/** For an id that is in no roster entry of the call. */
export const participantNotFound = (): CallError => new CallError('participantNotFound', 'Participant not found.')

/**
 * Checks an id in the body of a request.
 *
 * @param path where the id is in the body, for the message
 * @throws CallError unknownParticipant
 */
export function requireKnownParticipant(call: Call, participantId: string, path: string): void {
  if (call.participants.some(({ id }) => id === participantId)) return
  throw new CallError('unknownParticipant', `${path}: ${participantId} is not the id of a participant of this call.`)
}

/**
 * @param action what the bot cannot do to itself, for the message
 * @throws CallError participantIsBot
 */
export function requireNotBot(call: Call, participantId: string, action: string): void {
  if (participantId !== call.myParticipantId) return
  throw new CallError('participantIsBot', `participantId: is that of the bot itself, which ${action}.`)
}

type Reservation = Timer & { readonly command: ReplacementStep & { readonly type: 'awaitReplacement' } }

/** The timer by which another call has reserved a participant of this one, to replace this call (replacesCallId). */
export const findReservation = (call: Call, participantId: string): Reservation | undefined =>
  call.timers.find(
    (timer): timer is Reservation => timer.command.type === 'awaitReplacement' && timer.participantId === participantId,
  )
