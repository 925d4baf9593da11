/** Waits between attempts, in seconds; the last one repeats. */
const WAITS_SECONDS = [1, 2, 4, 8, 15, 30, 60, 120, 300] as const
/** Calls that failed together are not tried together again. */
const JITTER = 0.2
/** However long a callback asks us to stay away. */
const MAX_RETRY_AFTER_MS = 300_000

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
  { attempt, ageMs, maxAgeMs, random }: { attempt: number; ageMs: number; maxAgeMs: number; random: number },
): Outcome {
  const { status } = result
  if (status !== undefined && status >= 200 && status < 300) return { type: 'acknowledged' }
  if (status === 410) return { type: 'givenUp', reason: 'the callback answered 410 Gone' }
  if (ageMs >= maxAgeMs) {
    return { type: 'givenUp', reason: `not acknowledged within ${Math.round(maxAgeMs / 1000)} s` }
  }
  const seconds = WAITS_SECONDS[Math.min(attempt, WAITS_SECONDS.length) - 1] ?? 1
  const wait = seconds * 1000 * (1 - JITTER + 2 * JITTER * random)
  const asked = status === 429 || status === 503 ? Math.min(result.retryAfterMs ?? 0, MAX_RETRY_AFTER_MS) : 0
  return { type: 'retry', afterMs: Math.round(Math.max(wait, asked)) }
}
