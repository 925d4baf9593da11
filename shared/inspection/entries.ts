import type { CallState } from '../calls/call.js'
import type { CallbackEffect, FaultMark } from '../simulator/faults.js'

// What the event log of the local process holds. Times are milliseconds since 1970.

/** A body as it is logged: secrets are removed, and a long text is cut. */
export interface LoggedBody {
  readonly text: string
  /** The size before it was cut. */
  readonly bytes: number
  readonly isCut?: true
}

/** A message over HTTP as it is logged. */
export interface LoggedMessage {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: LoggedBody
}

/** A request to the API. */
export interface RequestEvent {
  readonly type: 'request'
  /** The name of the endpoint, such as `call-answer`. */
  readonly name: string
  readonly method: string
  /** The path with its query. */
  readonly path: string
  readonly message: LoggedMessage
}

/** The reply to a request. */
export interface ReplyEvent {
  readonly type: 'reply'
  /** The number of the request's entry. */
  readonly request: number
  readonly status: number
  /** The code of Graph's error, if it is one. */
  readonly code?: string
  /** What an injected fault did to the request, if one did. */
  readonly fault?: FaultMark
  readonly durationMs: number
  readonly message: LoggedMessage
}

/** A committed change of a call. */
export interface CommitEvent {
  readonly type: 'commit'
  /** The type of the command, such as `answer`, `personLeaves` or `ringTimedOut`. */
  readonly command: string
  /** The id of the person who acts or calls the bot, if it is the command of a person. */
  readonly personId?: string
  /** Absent for a new call. */
  readonly from?: CallState
  readonly to: CallState
  /** The sequence numbers of its first and last notification; absent if it has none. */
  readonly notifications?: readonly [first: number, last: number]
  /** Another call that this one replaces, or that replaces it. */
  readonly relatedCallId?: string
  /** The ids of the people who began to ring. */
  readonly rings?: readonly string[]
}

/** One POST of a notification to its callback. */
export interface AttemptEvent {
  readonly type: 'attempt'
  /** The sequence number of the notification. */
  readonly sequence: number
  /** What the notification reports, such as `updated call established`. */
  readonly summary: string
  readonly url: string
  readonly durationMs: number
  readonly status?: number
  /** Why there was no response. */
  readonly error?: string
  /** When the next attempt is due; absent for the last one. */
  readonly nextAttemptAt?: number
  /** The effect of the injected fault that it got, if it got one. */
  readonly fault?: CallbackEffect
  /** True when the page or a fault sent the notification once more: the delivery of the call does not count it. */
  readonly isResend?: true
}

/** A notification, or all that are left of a call, was dead-lettered. */
export interface DeadLetterEvent {
  readonly type: 'deadLetter'
  readonly sequence: number
  readonly reason: string
  /** True when all later notifications of the call are dead-lettered too. */
  readonly isRest?: true
}

export type InspectedEvent = RequestEvent | ReplyEvent | CommitEvent | AttemptEvent | DeadLetterEvent

/** An entry of the log. Numbers rise by one; within a call, entries are in the order of its commits. */
export type Entry = InspectedEvent & {
  readonly number: number
  readonly at: number
  readonly callId?: string
  readonly applicationId?: string
}

/** An entry as it is listed: the messages of requests and replies are read one by one. */
export type ListedEntry = DistributiveOmit<Entry, 'message'>

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

const FIRST_ERROR_STATUS = 400

/** Whether a request was refused, or failed. */
export const isRefused = ({ status }: { readonly status: number }): boolean => status >= FIRST_ERROR_STATUS

/** Whether the callback has acknowledged an attempt. */
export const isAcknowledged = ({ status = 0 }: { readonly status?: number | undefined }): boolean =>
  status >= 200 && status < 300
