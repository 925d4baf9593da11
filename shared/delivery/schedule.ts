/** When something is tried again, and for how long. */
export interface RetryRule {
  /** The waits between attempts, in seconds; the last one repeats. */
  readonly waitsSeconds: readonly number[]
  /** By which part of it a wait is made shorter or longer by chance: calls that failed together are not tried together again. */
  readonly jitter: number
  /** However long a callback asks us to stay away. */
  readonly maxRetryAfterMs: number
  readonly maxAgeMs: number
}

/** What a POST to a callback came to. A network error or a timeout has no status. */
export interface AttemptResult {
  readonly status?: number
  /** As the callback asked with Retry-After. */
  readonly retryAfterMs?: number
  readonly error?: string
}

/** What follows from it. */
export type Outcome =
  | { readonly type: 'acknowledged' }
  | { readonly type: 'retry'; readonly afterMs: number }
  | { readonly type: 'givenUp'; readonly reason: string }

/**
 * @param attempt 1 for the first
 * @param ageMs how old the notification is
 * @param random between 0 and 1
 */
export function outcomeOf(
  result: AttemptResult,
  { attempt, ageMs, random }: { attempt: number; ageMs: number; random: number },
  { waitsSeconds, jitter, maxRetryAfterMs, maxAgeMs }: RetryRule,
): Outcome {
  const { status } = result
  if (status !== undefined && status >= 200 && status < 300) return { type: 'acknowledged' }
  if (status === 410) return { type: 'givenUp', reason: 'the callback answered 410 Gone' }
  if (ageMs >= maxAgeMs) {
    return { type: 'givenUp', reason: `not acknowledged within ${Math.round(maxAgeMs / 1000)} s` }
  }
  const seconds = waitsSeconds[Math.min(attempt, waitsSeconds.length) - 1] ?? 1
  const wait = seconds * 1000 * (1 - jitter + 2 * jitter * random)
  const asked = status === 429 || status === 503 ? Math.min(result.retryAfterMs ?? 0, maxRetryAfterMs) : 0
  return { type: 'retry', afterMs: Math.round(Math.max(wait, asked)) }
}
