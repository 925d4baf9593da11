import { CallError, type CallErrorCode } from '../calls/errors.js'

/** What the wire says when it refuses: a status, Graph's code, and a sentence for the developer of the bot. */
export class GraphError extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.name = 'GraphError'
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/**
 * Status and wire code of what the core refuses. 8522 is what Graph answers for a call that is not there; it documents no
 * status for a command that the state does not allow, so that is 409.
 */
const callErrors: Readonly<Record<CallErrorCode, { status: number; code: string }>> = {
  callNotFound: { status: 404, code: '8522' },
  notAllowedInState: { status: 409, code: 'notAllowed' },
  alreadyInCall: { status: 409, code: 'notAllowed' },
  tooManyInvitations: { status: 409, code: 'notAllowed' },
  notAGroupCall: { status: 409, code: 'notAllowed' },
  nobodyRinging: { status: 409, code: 'notAllowed' },
  notInCall: { status: 409, code: 'notAllowed' },
  alreadyMoving: { status: 409, code: 'notAllowed' },
  needsServiceHostedMedia: { status: 409, code: 'notAllowed' },
  tooManyPrompts: { status: 409, code: 'notAllowed' },
  invitationNeedsChat: { status: 400, code: 'invalidRequest' },
}

/** @param problem names the property by its path, and what is wrong with it */
export const invalidRequest = (problem: string): GraphError => new GraphError(400, 'invalidRequest', problem)
export const notFound = (message: string): GraphError => new GraphError(404, 'itemNotFound', message)
export const unauthenticated = (message: string): GraphError =>
  new GraphError(401, 'unauthenticated', message, { 'WWW-Authenticate': 'Bearer' })
/** 7504 is what Graph answers to a token without the permission. */
export const forbidden = (message: string): GraphError => new GraphError(403, '7504', message)
/** 7505 is what Graph answers to a token of another tenant than the call's. @param expected the tenant that it should be of */
export const tenantMismatch = (what: string, expected: string): GraphError =>
  new GraphError(403, '7505', `${what} belongs to the tenant ${expected}, and the token is made out for another.`)
/** 7503 is what Graph answers for an application that is not registered. */
export const notRegistered = (message: string): GraphError => new GraphError(403, '7503', message)
/** What Graph's throttling says, which documents the code and the header Retry-After. */
export const tooManyRequests = (message: string, retryAfterSeconds: number): GraphError =>
  new GraphError(429, 'activityLimitReached', message, { 'Retry-After': String(retryAfterSeconds) })
export const keysUnavailable = (issuer: string): GraphError =>
  new GraphError(503, 'serviceNotAvailable', `The token can't be checked: its issuer ${issuer} does not answer.`, {
    'Retry-After': '30',
  })
export const tooLarge = (limit: number): GraphError =>
  new GraphError(413, 'invalidRequest', `The request body is larger than ${limit} bytes.`)
/** A call is one row of a table. */
export const callTooLarge = (): GraphError =>
  new GraphError(409, 'notAllowed', 'The call would become too large to be stored.')
export const unavailable = (): GraphError =>
  new GraphError(503, 'serviceNotAvailable', 'The storage does not answer. Nothing is known to have changed.', {
    'Retry-After': '1',
  })

/** Turns whatever was thrown into what may be said. Nothing internal is ever serialised. */
export function toGraphError(error: unknown): GraphError {
  if (error instanceof GraphError) return error
  if (error instanceof CallError) {
    const { status, code } = callErrors[error.code]
    return new GraphError(status, code, error.message)
  }
  return new GraphError(
    500,
    'generalException',
    'An internal error occurred. The service log has it by the request id.',
  )
}
