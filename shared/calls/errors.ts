import type { CallState } from './call.js'

/** Every reason for which a rule refuses a command. The wire gives each its status and code. */
export type CallErrorCode =
  | 'callNotFound'
  | 'notAllowedInState'
  | 'alreadyInCall'
  | 'tooManyInvitations'
  | 'invitationNeedsChat'
  | 'nobodyRinging'
  | 'notInCall'
  | 'notAGroupCall'
  | 'alreadyMoving'
  | 'needsServiceHostedMedia'
  | 'tooManyPrompts'

/** A refused command. The message is meant for the developer of the bot; nothing has been changed. */
export class CallError extends Error {
  readonly code: CallErrorCode

  constructor(code: CallErrorCode, message: string) {
    super(message)
    this.name = 'CallError'
    this.code = code
  }
}

/** The call never was, or has ended: Graph makes no difference between the two. */
export const callNotFound = (): CallError => new CallError('callNotFound', 'Call not found.')

/** @param needed the states in which the command would have been allowed */
export function notAllowedInState(command: string, state: CallState, needed: readonly string[]): CallError {
  return new CallError(
    'notAllowedInState',
    `The call is ${state}; ${command} needs a call that is ${needed.join(' or ')}.`,
  )
}

export const notInCall = (who: string): CallError => new CallError('notInCall', `${who} is not in this call.`)
