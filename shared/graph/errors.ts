import { CallError, type CallErrorCode } from '../calls/errors.js'

/** Every code that an error body can have. The numbers are the codes of Graph's calling API. */
type GraphErrorCode =
  | 'invalidRequest'
  | 'notImplemented'
  | 'methodNotAllowed'
  | 'unsupportedMediaType'
  | 'unauthenticated'
  | '7503'
  | '7504'
  | '7505'
  | '7507'
  | 'itemNotFound'
  | '8522'
  | '8523'
  | 'notAllowed'
  | 'activityLimitReached'
  | 'conflict'
  | 'generalException'
  | 'serviceNotAvailable'
  | 'FailedDependency'

/** An error reply: an HTTP status, a code of Graph, and a message for the developer of the bot. */
export class GraphError extends Error {
  readonly status: number
  readonly code: GraphErrorCode
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: GraphErrorCode, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.name = 'GraphError'
    this.status = status
    this.code = code
    this.headers = headers
  }
}

interface WireError {
  readonly status: number
  readonly code: GraphErrorCode
}

/** Graph documents no status for a command that the state of the call does not allow. */
const NOT_ALLOWED: WireError = { status: 409, code: 'notAllowed' }

/** The reply of Graph when a phone is called from a source other than an application instance. */
const CALL_SOURCE_INVALID: WireError = { status: 403, code: '7507' }

/** The one mapping from what the core refuses to what the API replies. */
const callErrors: Readonly<Record<CallErrorCode, WireError>> = {
  // Graph replies 404 with 8522 for a call that does not exist.
  callNotFound: { status: 404, code: '8522' },
  notAllowedInState: NOT_ALLOWED,
  alreadyInCall: NOT_ALLOWED,
  tooManyInvitations: NOT_ALLOWED,
  callIsFull: NOT_ALLOWED,
  notAGroupCall: NOT_ALLOWED,
  notRinging: NOT_ALLOWED,
  notInLobby: NOT_ALLOWED,
  isInLobby: NOT_ALLOWED,
  isNotSharing: NOT_ALLOWED,
  notInCall: NOT_ALLOWED,
  inOtherCall: NOT_ALLOWED,
  alreadyBeingReplaced: NOT_ALLOWED,
  needsServiceHostedMedia: NOT_ALLOWED,
  needsAppHostedMedia: NOT_ALLOWED,
  tooManyPrompts: NOT_ALLOWED,
  tooMuchSpeech: NOT_ALLOWED,
  tooManyOperations: NOT_ALLOWED,
  invitationRunning: NOT_ALLOWED,
  alreadyOnHold: NOT_ALLOWED,
  notOnHold: NOT_ALLOWED,
  participantNotFound: { status: 404, code: 'itemNotFound' },
  participantIsBot: { status: 400, code: 'invalidRequest' },
  unknownParticipant: { status: 400, code: 'invalidRequest' },
  audioRoutingGroupExists: NOT_ALLOWED,
  tooManyAudioRoutingGroups: NOT_ALLOWED,
  audioRoutingGroupNotFound: { status: 404, code: 'itemNotFound' },
  invalidAudioRoute: { status: 400, code: 'invalidRequest' },
  participantMismatch: { status: 400, code: 'invalidRequest' },
  // Graph: participant-invite, without the status of the reply.
  secondBot: { status: 400, code: 'invalidRequest' },
  needsGroupCall: { status: 400, code: 'invalidRequest' },
  // Observed: the reply of Graph to a transfer from a group call without a transferee.
  needsTransferee: { status: 400, code: '8523' },
  needsApplicationInstance: CALL_SOURCE_INVALID,
}

/** When a client may retry while the storage does not answer. engine/idempotency.ts assumes no earlier retry. */
const STORAGE_RETRY_AFTER_SECONDS = 1

const retryAfter = (seconds: number) => ({ 'Retry-After': String(seconds) })

/** @param problem names the property by its path, and what is wrong with it */
export const invalidRequest = (problem: string): GraphError => new GraphError(400, 'invalidRequest', problem)
export const notFound = (message: string): GraphError => new GraphError(404, 'itemNotFound', message)
export const meetingNotFound = (): GraphError => notFound('meetingId: is not the id of an online meeting.')
/** @param problem names the header, its value, and the values that are accepted */
export const unsupportedMediaType = (problem: string): GraphError =>
  new GraphError(415, 'unsupportedMediaType', problem)
/** @param allowed the methods of this path */
export const methodNotAllowed = (method: string, allowed: readonly string[]): GraphError =>
  new GraphError(405, 'methodNotAllowed', `${method} is not allowed here; use ${allowed.join(' or ')}.`, {
    Allow: allowed.join(', '),
  })
/** Not 404, because bots take a 404 as the end of the call. */
export const notImplemented = (operation: string): GraphError =>
  new GraphError(501, 'notImplemented', `Ringback does not implement the operation ${operation} yet.`)
export const unauthenticated = (message: string): GraphError =>
  new GraphError(401, 'unauthenticated', message, { 'WWW-Authenticate': 'Bearer' })
/** Graph replies 7504 to a token that lacks a permission. */
export const forbidden = (message: string): GraphError => new GraphError(403, '7504', message)

/**
 * Graph replies 7505 when the token and the call belong to different tenants.
 *
 * @param what the resource that belongs to the tenant, as the message names it
 */
export const tenantMismatch = (what: string, expectedTenantId: string): GraphError =>
  new GraphError(
    403,
    '7505',
    `${what} belongs to the tenant ${expectedTenantId}, but the token was issued for another tenant.`,
  )

/** Graph replies 7503 for an application that is not registered. */
export const notRegistered = (message: string): GraphError => new GraphError(403, '7503', message)
/** The code and the header are those of Graph's throttling. */
export const tooManyRequests = (message: string, retryAfterSeconds: number): GraphError =>
  new GraphError(429, 'activityLimitReached', message, retryAfter(retryAfterSeconds))
export const keysUnavailable = (issuer: string, retryAfterSeconds: number): GraphError =>
  new GraphError(
    503,
    'serviceNotAvailable',
    `The token can't be checked: its issuer ${issuer} does not answer.`,
    retryAfter(retryAfterSeconds),
  )
export const tooLarge = (limit: number): GraphError =>
  new GraphError(413, 'invalidRequest', `The request body is larger than ${limit} bytes.`)
/** A call is one row of a table, and the size of a row is limited. */
export const callTooLarge = (): GraphError =>
  new GraphError(409, 'notAllowed', 'The call would become too large to be stored.')
/** The outcome is not known: the change may have been stored. */
export const unavailable = (): GraphError =>
  new GraphError(
    503,
    'serviceNotAvailable',
    'The storage does not answer, so it is not known whether anything has changed. Retry the request.',
    retryAfter(STORAGE_RETRY_AFTER_SECONDS),
  )

/** 503 and not 409, because Graph's client libraries retry a 503 automatically. */
export const tooManyConflicts = (): GraphError =>
  new GraphError(
    503,
    'conflict',
    'Too many requests change this call at the same time. Nothing has changed; retry the request.',
    retryAfter(STORAGE_RETRY_AFTER_SECONDS),
  )

/** Graph: the status of a request in a batch that depends on one that has failed. */
export const failedDependency = (id: string): GraphError =>
  new GraphError(424, 'FailedDependency', `The request was not carried out, because the request ${id} has failed.`)
/** For a request in a batch that takes too long. */
export const notStarted = (): GraphError =>
  new GraphError(
    503,
    'serviceNotAvailable',
    'The batch takes too long, so the request was not carried out. Retry the request.',
    retryAfter(STORAGE_RETRY_AFTER_SECONDS),
  )

const FAULT_CODES = {
  429: 'activityLimitReached',
  500: 'generalException',
  503: 'serviceNotAvailable',
  504: 'serviceNotAvailable',
} as const
/** The Retry-After of an injected 429, which Graph always sends with one. */
const FAULT_RETRY_AFTER_SECONDS = 1

/**
 * The reply to a request that gets an injected fault.
 *
 * @param isReplyLost whether the request was carried out before
 */
export function injectedFault(
  status: keyof typeof FAULT_CODES,
  isReplyLost: boolean,
  retryAfterSeconds = status === 429 ? FAULT_RETRY_AFTER_SECONDS : undefined,
): GraphError {
  const consequence = isReplyLost ? 'the reply to the request is lost.' : 'the request was not carried out.'
  const headers = retryAfterSeconds === undefined ? {} : retryAfter(retryAfterSeconds)
  return new GraphError(status, FAULT_CODES[status], `Injected fault: ${consequence}`, headers)
}

/** Turns any thrown value into an error reply. Internal details never leave the process. */
export function toGraphError(error: unknown): GraphError {
  if (error instanceof GraphError) return error
  if (error instanceof CallError) {
    const { status, code } = callErrors[error.code]
    return new GraphError(status, code, error.message)
  }
  return new GraphError(
    500,
    'generalException',
    'An internal error occurred. The service log shows it under the request id.',
  )
}
