import type { Call, CallState } from './call.js'
import type { ParticipantInfo } from './resources.js'

/** Why a rule refuses a command. graph/errors.ts maps each code to a status and a code of Graph. */
export type CallErrorCode =
  | 'callNotFound'
  | 'notAllowedInState'
  | 'alreadyInCall'
  | 'tooManyInvitations'
  | 'callIsFull'
  | 'needsGroupCall'
  | 'secondBot'
  | 'notRinging'
  | 'notInCall'
  | 'inOtherCall'
  | 'notInLobby'
  | 'isInLobby'
  | 'isNotSharing'
  | 'participantMismatch'
  | 'notAGroupCall'
  | 'alreadyBeingReplaced'
  | 'needsServiceHostedMedia'
  | 'needsAppHostedMedia'
  | 'tooManyPrompts'
  | 'tooMuchSpeech'
  | 'tooManyOperations'
  | 'invitationRunning'
  | 'needsTransferee'
  | 'needsApplicationInstance'
  | 'participantNotFound'
  | 'participantIsBot'
  | 'unknownParticipant'
  | 'alreadyOnHold'
  | 'notOnHold'
  | 'invalidAudioRoute'
  | 'audioRoutingGroupExists'
  | 'audioRoutingGroupNotFound'
  | 'tooManyAudioRoutingGroups'

/** A refused command; nothing has changed. The message is for the developer of the bot. */
export class CallError extends Error {
  readonly code: CallErrorCode

  constructor(code: CallErrorCode, message: string) {
    super(message)
    this.name = 'CallError'
    this.code = code
  }
}

/** For a participant whom this call only shows, because they are in the call of another application. */
export class InOtherCall extends CallError {
  readonly callId: string

  /** @param id the id of their identity */
  constructor(id: string, callId: string) {
    super('inOtherCall', `${id} is in the call of another application.`)
    this.callId = callId
  }
}

/** For a call that never existed and for a call that has ended: Graph does not distinguish them. */
export const callNotFound = (): CallError => new CallError('callNotFound', 'Call not found.')

/** @param allowedStates the states in which the command is allowed */
export function notAllowedInState(command: string, state: CallState, allowedStates: readonly string[]): CallError {
  return new CallError(
    'notAllowedInState',
    `The call is ${state}; ${command} needs a call that is ${allowedStates.join(' or ')}.`,
  )
}

/** @throws CallError when the call is peer-to-peer */
export function requireGroupCall(call: Pick<Call, 'isGroup'>, command: string): void {
  if (call.isGroup) return
  throw new CallError('notAGroupCall', `The call is peer-to-peer; ${command} needs a group call or a meeting.`)
}

/**
 * A phone can be called from an application instance only, because the number of the caller is that of the instance.
 *
 * @param bot the bot as a participant of the call
 * @param property the list or the object of the targets in the request
 * @throws CallError when a target is a phone and the bot is not in the call as an application instance
 */
export function requireInstanceForPhones(
  bot: ParticipantInfo | undefined,
  called: readonly ParticipantInfo[],
  property: 'targets' | 'transferTarget',
): void {
  const index = called.findIndex(({ identity }) => identity.kind === 'phone')
  if (index === -1 || bot?.identity.kind === 'applicationInstance') return
  const path = property === 'targets' ? `targets[${index}]` : property
  throw new CallError(
    'needsApplicationInstance',
    `${path}: is a phone, so the bot must be in the call as an applicationInstance.`,
  )
}

/** @param personId the id of the identity */
export const isInLobby = (personId: string): CallError =>
  new CallError('isInLobby', `${personId} is in the lobby of this call.`)

/** @param id the id of a participant or of their identity */
export const notInCall = (id: string): CallError => new CallError('notInCall', `${id} is not in this call.`)

export const alreadyBeingReplaced = (id: string): CallError =>
  new CallError('alreadyBeingReplaced', `${id} is being moved into another call.`)
