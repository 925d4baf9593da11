import type { LookupFunction } from 'node:net'
import type { NotificationRecord } from '../storage/callStore.js'
import type { CallbackAddresses } from './callbackAddresses.js'
import type { AttemptResult } from './schedule.js'

/** Of an answer so much is read, so that its connection can be used again; one that is longer costs the connection. */
const MAX_ANSWER_BYTES = 64 * 1024

export interface SendOptions {
  readonly attempt: number
  readonly token: string
  readonly timeoutMs: number
  /** What the callback may go on with (W3C Trace Context). */
  readonly traceparent?: string | undefined
}

/** What is looked at of an answer. */
interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly retryAfter: string | undefined
}

/** POSTs one notification to its callback. Never throws: what went wrong is in the result. */
export type Send = (notification: NotificationRecord, options: SendOptions) => Promise<AttemptResult>

/** @param addresses where notifications may be sent: asked for every connection, whatever was said when the address was given */
export function createSend(addresses: Pick<CallbackAddresses, 'problemOf' | 'lookup'>): Send {
  let connecting: Promise<Post> | undefined
  const post = async (address: string, notification: NotificationRecord, options: SendOptions, signal: AbortSignal) => {
    const problem = addresses.problemOf(address)
    if (problem) throw new Error(problem)
    connecting ??= connect(addresses.lookup)
    const postTo = await connecting
    return postTo(address, notification, options, signal)
  }
  return async (notification, options) => {
    // One limit for the whole attempt, a redirect included: the lease must outlast it.
    const signal = AbortSignal.timeout(options.timeoutMs)
    try {
      const answer = await post(notification.callbackUri, notification, options, signal)
      const target = redirectOf(notification, answer)
      return resultOf(target ? await post(target, notification, options, signal) : answer)
    } catch (error) {
      return { error: reasonOf(error) }
    }
  }
}

type Post = (
  address: string,
  notification: NotificationRecord,
  options: SendOptions,
  signal: AbortSignal,
) => Promise<Answer>

/** Not before something is sent, because the library is large, and an instance that has just started has a caller who waits. */
async function connect(lookup: LookupFunction): Promise<Post> {
  // The whole of it: as CommonJS it has no names of its own when it is bundled.
  const { Agent, request } = (await import('undici')).default
  // Keeps connections open between notifications. The limit of time is each attempt's own, so there is none here.
  const dispatcher = new Agent({ allowH2: false, headersTimeout: 0, bodyTimeout: 0, connect: { lookup } })
  return async (address, notification, options, signal) => {
    const { statusCode, headers, body } = await request(address, {
      dispatcher,
      method: 'POST',
      headers: headersOf(notification, options),
      body: notification.body,
      signal,
    })
    // Nothing of the answer is of use but its status. Not awaited: a callback that never ends its answer is its own problem.
    body.dump({ limit: MAX_ANSWER_BYTES, signal }).catch(() => undefined)
    const one = (name: string) => [headers[name]].flat()[0]
    return { status: statusCode, location: one('location'), retryAfter: one('retry-after') }
  }
}

const headersOf = (notification: NotificationRecord, { token, attempt, traceparent }: SendOptions) => ({
  Authorization: `Bearer ${token}`,
  'Content-Type': 'application/json',
  Accept: 'application/json',
  'User-Agent': 'Ringback',
  'Scenario-Id': notification.scenarioId,
  'X-Microsoft-Skype-Message-ID': notification.id,
  'Ringback-Notification-Id': notification.id,
  'Ringback-Sequence': String(notification.sequence),
  'Ringback-Attempt': String(attempt),
  ...(traceparent && { traceparent }),
})

/** Graph documents a redirect of the announcement of an incoming call, and of nothing else. */
function redirectOf(
  { redirectable, callbackUri }: NotificationRecord,
  { status, location }: Answer,
): string | undefined {
  if (!redirectable || status !== 302 || !location || !URL.canParse(location, callbackUri)) return undefined
  return new URL(location, callbackUri).href
}

function resultOf({ status, retryAfter }: Answer): AttemptResult {
  return { status, retryAfterMs: parseRetryAfter(retryAfter) }
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function parseRetryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.name === 'TimeoutError' ? 'timeout' : ((error as NodeJS.ErrnoException).code ?? error.message)
}
