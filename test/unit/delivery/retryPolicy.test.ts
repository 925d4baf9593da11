import { expect, test } from 'vitest'
import { type AttemptResult, decideOutcome } from '../../../shared/delivery/retryPolicy.js'
import { readSettings } from '../../../shared/service/config.js'

const HOUR = 3_600_000
const settings = readSettings({})
const POLICY = {
  scheduleSeconds: settings.RETRY_SCHEDULE_SECONDS,
  jitter: settings.RETRY_JITTER,
  maxRetryAfterMs: settings.MAX_RETRY_AFTER_MS,
  maxAgeMs: HOUR,
  maxAttempts: settings.NOTIFICATION_MAX_ATTEMPTS,
  onDeadLetter: settings.ON_DEAD_LETTER,
}
const decideAfter = (result: AttemptResult, { attempt = 1, ageMs = 0, random = 0.5 } = {}) =>
  decideOutcome(result, { attempt, ageMs, random }, POLICY)

test.for([200, 201, 202, 204, 299])('the status %i acknowledges a notification of any age', (status) => {
  expect(decideAfter({ status })).toEqual({ type: 'acknowledged' })
  expect(decideAfter({ status }, { attempt: 30, ageMs: 2 * HOUR })).toEqual({ type: 'acknowledged' })
})

test('the status 410 dead-letters a notification at once', () => {
  expect(decideAfter({ status: 410 })).toEqual({
    type: 'deadLettered',
    reason: 'the callback answered 410 Gone',
  })
})

test.for([100, 199, 300, 302, 307, 400, 401, 404, 408, 409, 411, 429, 500, 503, 599])(
  'the status %i causes a retry',
  (status) => {
    expect(decideAfter({ status })).toEqual({ type: 'retry', afterMs: 1_000 })
  },
)

test('a network error causes a retry', () => {
  expect(decideAfter({ error: 'ECONNREFUSED' })).toEqual({ type: 'retry', afterMs: 1_000 })
})

test('the retries wait 1, 2, 4, 8, 15, 30, 60 and 120 seconds, and every further one 300 seconds', () => {
  const waits = Array.from({ length: 12 }, (_, index) => decideAfter({ status: 500 }, { attempt: index + 1 }))
  expect(waits.map((outcome) => outcome.type === 'retry' && outcome.afterMs / 1000)).toEqual([
    1, 2, 4, 8, 15, 30, 60, 120, 300, 300, 300, 300,
  ])
})

test.for([1, 2, 4, 8, 15, 30, 60, 120, 300].map((seconds, index) => [index + 1, seconds] as const))(
  'retry %i waits %i seconds, plus or minus a fifth',
  ([attempt, seconds]) => {
    const shortest = decideAfter({ status: 500 }, { attempt, random: 0 })
    const longest = decideAfter({ status: 500 }, { attempt, random: 1 })
    expect([shortest, longest]).toEqual([
      { type: 'retry', afterMs: seconds * 800 },
      { type: 'retry', afterMs: seconds * 1200 },
    ])
  },
)

test.for([
  ['429 and a time after the scheduled one', { status: 429, retryAfterMs: 20_000 }, 20_000],
  ['503 and a time after the scheduled one', { status: 503, retryAfterMs: 20_000 }, 20_000],
  ['429 and a time before the scheduled one', { status: 429, retryAfterMs: 10 }, 1_000],
  ['503 and no wait', { status: 503, retryAfterMs: 0 }, 1_000],
  ['429 and a day', { status: 429, retryAfterMs: 86_400_000 }, 300_000],
  ['503 and an infinite wait', { status: 503, retryAfterMs: Number.POSITIVE_INFINITY }, 300_000],
  ['500, where the header has no meaning', { status: 500, retryAfterMs: 20_000 }, 1_000],
] as const)('the policy applies Retry-After with %s', ([, result, afterMs]) => {
  expect(decideAfter(result)).toEqual({ type: 'retry', afterMs })
})

test('a failed attempt dead-letters a notification that is an hour old, and not before', () => {
  expect(decideAfter({ status: 500 }, { ageMs: HOUR - 1 })).toMatchObject({ type: 'retry' })
  expect(decideAfter({ status: 500 }, { ageMs: HOUR })).toEqual({
    type: 'deadLettered',
    reason: 'not acknowledged within 3600 s',
  })
  expect(decideAfter({ error: 'timeout' }, { ageMs: HOUR })).toMatchObject({ type: 'deadLettered' })
})

test('the policy follows its settings', () => {
  const policy = { ...POLICY, scheduleSeconds: [0.5, 7], jitter: 0, maxRetryAfterMs: 9_000, maxAgeMs: 1_000 }
  const wait = (attempt: number, result: AttemptResult = { status: 500 }) =>
    decideOutcome(result, { attempt, ageMs: 0, random: 0.9 }, policy)
  expect([1, 2, 3].map((attempt) => wait(attempt))).toEqual(
    [500, 7_000, 7_000].map((afterMs) => ({ type: 'retry', afterMs })),
  )
  expect(wait(1, { status: 503, retryAfterMs: 60_000 })).toEqual({ type: 'retry', afterMs: 9_000 })
  expect(decideOutcome({ status: 500 }, { attempt: 1, ageMs: 1_000, random: 0 }, policy)).toMatchObject({
    type: 'deadLettered',
  })
})

test.for([
  [1, 'not acknowledged in 1 attempt'],
  [3, 'not acknowledged in 3 attempts'],
] as const)('after %i failed attempts a notification is skipped, and not before', ([maxAttempts, reason]) => {
  const policy = { ...POLICY, maxAttempts, onDeadLetter: 'skip' } as const
  const decideAttempt = (attempt: number, status = 500) =>
    decideOutcome({ status }, { attempt, ageMs: 0, random: 0.5 }, policy)
  const skipped = { type: 'skipped', reason }
  for (let attempt = 1; attempt < maxAttempts; attempt++) expect(decideAttempt(attempt).type).toBe('retry')
  expect(decideAttempt(maxAttempts)).toEqual(skipped)
  // An attempt whose host died counts too, so the limit may have been passed.
  expect(decideAttempt(maxAttempts + 1)).toEqual(skipped)
  expect(decideAttempt(maxAttempts, 202)).toEqual({ type: 'acknowledged' })
})

test.for(['', '0', '1,x', '-1', '1,,2', '86401'])(
  'RETRY_SCHEDULE_SECONDS=%j is refused, or gives the default when it is empty',
  (text) => {
    const read = () => readSettings({ RETRY_SCHEDULE_SECONDS: text })
    if (text === '') expect(read().RETRY_SCHEDULE_SECONDS).toHaveLength(9)
    else expect(read).toThrow('RETRY_SCHEDULE_SECONDS: must be numbers over 0')
  },
)
