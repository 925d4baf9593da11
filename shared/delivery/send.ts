import type { NotificationRecord } from '../storage/records.js'
import { createHttpClient, type UrlPolicy } from './httpClient.js'
import type { AttemptResult } from './retryPolicy.js'

/** How much of a response body is read, so that its connection can be reused; a longer body closes the connection. */
const MAX_BODY_BYTES = 64 * 1024

/** What a POST carries besides the notification. */
export interface PostOptions {
  /** The number of the attempt, from 1. */
  readonly attempt: number
  /** The bearer token of the notification. */
  readonly token: string
  /** The trace that the callback may continue (W3C Trace Context). */
  readonly traceparent?: string | undefined
  /** Reads the body of the response, which is otherwise ignored. */
  readonly readsBody?: true
}

export interface SendOptions extends PostOptions {
  /** For the whole attempt, a redirect included. */
  readonly timeoutMs: number
  /** The target of an earlier redirect, to which the notification is sent instead of to its callback. */
  readonly redirectedTo?: string | undefined
  /** The call whose delivery this is. Absent outside of a delivery, where no fault applies. */
  readonly callId?: string | undefined
}

/** The parts of a notification that are in a POST. */
export type PostedNotification = Pick<NotificationRecord, 'id' | 'sequence' | 'scenarioId' | 'body'>

/** The parts of a callback's response that matter. */
export interface CallbackResponse {
  readonly status: number
  readonly location: string | undefined
  readonly retryAfter: string | undefined
  readonly contentType?: string | undefined
  /** The body, if it was to be read; undefined when it is long, or does not arrive in time. */
  readonly text?: Promise<string | undefined>
}

/** POSTs one notification to its callback. Never throws: a failure is in the result. */
export type Send = (notification: NotificationRecord, options: SendOptions) => Promise<AttemptResult>

export function createSend(policy: UrlPolicy): Send {
  const post = createPost(policy)
  return async (notification, options) => {
    // One timeout for the whole attempt, a redirect included: the lease must last longer than the attempt.
    const signal = AbortSignal.timeout(options.timeoutMs)
    try {
      const url = options.redirectedTo ?? notification.callbackUri
      const response = await post(url, notification, options, signal)
      const redirectedTo = findRedirectTarget(notification, response)
      if (!redirectedTo) return toAttemptResult(response)
      return { ...toAttemptResult(await post(redirectedTo, notification, options, signal)), redirectedTo }
    } catch (error) {
      return { error: describeFailure(error) }
    }
  }
}

/**
 * POSTs a notification to a URL, and follows no redirect.
 *
 * @throws Error when the callback URL policy refuses the URL, and when there is no response
 */
export type Post = (
  url: string,
  notification: PostedNotification,
  options: PostOptions,
  signal: AbortSignal,
) => Promise<CallbackResponse>

export function createPost(policy: UrlPolicy): Post {
  const request = createHttpClient(policy)
  return async (url, notification, options, signal) => {
    const { statusCode, headers, body } = await request(url, {
      method: 'POST',
      headers: headersOf(notification, options),
      body: notification.body,
      signal,
    })
    // Not awaited, because a callback may never end its response body.
    const text = options.readsBody ? readShortBody(body) : undefined
    if (!text) body.dump({ limit: MAX_BODY_BYTES, signal }).catch(() => undefined)
    const firstHeader = (name: string) => [headers[name]].flat()[0]
    return {
      status: statusCode,
      location: firstHeader('location'),
      retryAfter: firstHeader('retry-after'),
      contentType: firstHeader('content-type'),
      ...(text && { text }),
    }
  }
}

/** Returns the text of a body that has at most MAX_BODY_BYTES; undefined for a longer one. */
async function readShortBody(body: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      size += chunk.length
      if (size > MAX_BODY_BYTES) return undefined
    }
    return Buffer.concat(chunks).toString()
  } catch {
    return undefined
  }
}

export const headersOf = (notification: PostedNotification, { token, attempt, traceparent }: PostOptions) => ({
  Authorization: `Bearer ${token}`,
  'Content-Type': 'application/json; charset=utf-8',
  Accept: 'application/json',
  // As recorded in Graph's notifications (github.com/microsoftgraph/microsoft-graph-comms-samples, issues 91 and 417).
  'User-Agent': 'Microsoft-Skype/3.0,(Calling/1.0)',
  'Scenario-Id': notification.scenarioId,
  'X-Microsoft-Skype-Chain-ID': notification.scenarioId,
  'X-Microsoft-Skype-Message-ID': notification.id,
  'Ringback-Notification-Id': notification.id,
  'Ringback-Sequence': String(notification.sequence),
  'Ringback-Attempt': String(attempt),
  ...(traceparent && { traceparent }),
})

/** Returns where to send the notification again. Graph documents a redirect only for incoming calls. */
function findRedirectTarget(
  { isRedirectable, callbackUri }: NotificationRecord,
  { status, location }: CallbackResponse,
): string | undefined {
  if (!isRedirectable || status !== 302 || !location || !URL.canParse(location, callbackUri)) return undefined
  return new URL(location, callbackUri).href
}

function toAttemptResult({ status, retryAfter }: CallbackResponse): AttemptResult {
  return { status, retryAfterMs: parseRetryAfter(retryAfter) }
}

/** Parses seconds or a date (RFC 9110, 10.2.3), and returns milliseconds from now. */
function parseRetryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.name === 'TimeoutError' ? 'timeout' : ((error as NodeJS.ErrnoException).code ?? error.message)
}
