import type { DeadLetterAction } from '../graph/deliveries.js'
import type { CallbackEffect } from '../simulator/faults.js'

/** When a notification is retried, when it is dead-lettered, and whether the rest of its call is dead-lettered too. */
export interface RetryPolicy {
  /** The delays between attempts, in seconds; the last one repeats. */
  readonly scheduleSeconds: readonly number[]
  /**
   * Random jitter as a fraction of each delay (0.2 = ±20 %), so that calls that failed together are not retried
   * together.
   */
  readonly jitter: number
  /** The longest delay that a callback can request with Retry-After. */
  readonly maxRetryAfterMs: number
  /** The age from which a notification is dead-lettered instead of retried. */
  readonly maxAgeMs: number
  /** The number of attempts after which a notification is dead-lettered; 0 for no limit. */
  readonly maxAttempts: number
  readonly onDeadLetter: DeadLetterAction
}

/** The result of a POST to a callback. A network error or a timeout has no status. */
export interface AttemptResult {
  readonly status?: number
  /** The delay that the callback requests with Retry-After. */
  readonly retryAfterMs?: number
  readonly error?: string
  /** Set when a redirect was followed: its target, whose response is the result. */
  readonly redirectedTo?: string
  /** The effect of the injected fault that this attempt got, if it got one. */
  readonly fault?: CallbackEffect
  /** When the POST took place, where a fault has moved it. */
  readonly posted?: Posted
  /** The other POST of a notification that a fault has sent twice. The delivery does not count it. */
  readonly duplicate?: Posted & Pick<AttemptResult, 'status' | 'error'>
}

/** When a POST took place. */
export interface Posted {
  readonly at: number
  readonly durationMs: number
}

/** What happens to the notification after an attempt. */
export type Outcome =
  | { readonly type: 'acknowledged' }
  | { readonly type: 'retry'; readonly afterMs: number }
  /** Dead-lettered alone: the call continues with its next notification. */
  | { readonly type: 'skipped'; readonly reason: string }
  /** Dead-lettered with the rest of its call. */
  | { readonly type: 'deadLettered'; readonly reason: string }

/**
 * Decides what happens to a notification after an attempt.
 *
 * @param attempt the number of the attempt, from 1
 * @param ageMs the age of the notification
 * @param random between 0 and 1, for the jitter
 */
export function decideOutcome(
  result: AttemptResult,
  { attempt, ageMs, random }: { attempt: number; ageMs: number; random: number },
  policy: RetryPolicy,
): Outcome {
  if (isAcknowledged(result)) return { type: 'acknowledged' }
  const reason = findDeadLetterReason(result, { attempt, ageMs }, policy)
  if (reason) return { type: policy.onDeadLetter === 'skip' ? 'skipped' : 'deadLettered', reason }
  const { status } = result
  const { scheduleSeconds, jitter, maxRetryAfterMs } = policy
  const seconds = scheduleSeconds[Math.min(attempt, scheduleSeconds.length) - 1] ?? 1
  const delay = seconds * 1000 * (1 - jitter + 2 * jitter * random)
  const requested = status === 429 || status === 503 ? Math.min(result.retryAfterMs ?? 0, maxRetryAfterMs) : 0
  return { type: 'retry', afterMs: Math.round(Math.max(delay, requested)) }
}

export const isAcknowledged = ({ status }: AttemptResult): boolean =>
  status !== undefined && status >= 200 && status < 300

function findDeadLetterReason(
  { status }: AttemptResult,
  { attempt, ageMs }: { attempt: number; ageMs: number },
  { maxAgeMs, maxAttempts }: RetryPolicy,
): string | undefined {
  if (status === 410) return 'the callback answered 410 Gone'
  if (ageMs >= maxAgeMs) return `not acknowledged within ${Math.round(maxAgeMs / 1000)} s`
  if (maxAttempts > 0 && attempt >= maxAttempts) {
    return `not acknowledged in ${maxAttempts} attempt${maxAttempts === 1 ? '' : 's'}`
  }
  return undefined
}
