import type { NotificationRecord } from '../storage/callStore.js'
import type { AttemptResult } from './schedule.js'

export interface SendOptions {
  readonly attempt: number
  readonly token: string
  readonly timeoutMs: number
  /** Throws when an address must not be sent to: asked again for the target of a redirect. */
  readonly checkAddress: (address: string) => void
}

/** POSTs one notification to its callback. Never throws: what went wrong is in the result. */
export type Send = (notification: NotificationRecord, options: SendOptions) => Promise<AttemptResult>

export const send: Send = async (notification, options) => {
  // One limit for the whole attempt, a redirect included: the lease must outlast it.
  const signal = AbortSignal.timeout(options.timeoutMs)
  try {
    const response = await post(notification.callbackUri, notification, options, signal)
    const target = redirectOf(notification, response)
    if (!target) return resultOf(response)
    options.checkAddress(target)
    return resultOf(await post(target, notification, options, signal))
  } catch (error) {
    return { error: reasonOf(error) }
  }
}

async function post(
  address: string,
  notification: NotificationRecord,
  options: SendOptions,
  signal: AbortSignal,
): Promise<Response> {
  const response = await fetch(address, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${options.token}`,
      'Content-Type': 'application/json',
      Accept: 'application/json',
      'User-Agent': 'Ringback',
      'Scenario-Id': notification.scenarioId,
      'X-Microsoft-Skype-Message-ID': notification.id,
      'Ringback-Notification-Id': notification.id,
      'Ringback-Sequence': String(notification.sequence),
      'Ringback-Attempt': String(options.attempt),
    },
    body: notification.body,
    redirect: 'manual',
    signal,
  })
  // Nothing of the answer is of use but its status. Not awaited: a callback that never ends its answer is its own problem.
  response.body?.cancel().catch(() => undefined)
  return response
}

/** Graph documents a redirect of the announcement of an incoming call, and of nothing else. */
function redirectOf({ redirectable, callbackUri }: NotificationRecord, response: Response): string | undefined {
  const location = response.headers.get('location')
  if (!redirectable || response.status !== 302 || !location || !URL.canParse(location, callbackUri)) return undefined
  return new URL(location, callbackUri).href
}

function resultOf({ status, headers }: Response): AttemptResult {
  return { status, retryAfterMs: parseRetryAfter(headers.get('retry-after')) }
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function parseRetryAfter(text: string | null): number | undefined {
  if (text === null) return undefined
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause as { code?: string } | undefined
  return error.name === 'TimeoutError' ? 'timeout' : (cause?.code ?? error.message)
}
