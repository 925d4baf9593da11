import { expect, test } from 'vitest'
import { type AttemptResult, decideOutcome } from '../../../shared/delivery/retryPolicy.js'
import { readSettings } from '../../../shared/service/config.js'

const HOUR = 3_600_000
const settings = readSettings({})
const RULE = {
  scheduleSeconds: settings.RETRY_SCHEDULE_SECONDS,
  jitter: settings.RETRY_JITTER,
  maxRetryAfterMs: settings.MAX_RETRY_AFTER_MS,
  maxAgeMs: HOUR,
}
const after = (result: AttemptResult, { attempt = 1, ageMs = 0, random = 0.5 } = {}) =>
  decideOutcome(result, { attempt, ageMs, random }, RULE)

test.for([200, 201, 202, 204, 299])('%i acknowledges, however old the notification is', (status) => {
  expect(after({ status })).toEqual({ type: 'acknowledged' })
  expect(after({ status }, { attempt: 30, ageMs: 2 * HOUR })).toEqual({ type: 'acknowledged' })
})

test('410 gives up at once', () => {
  expect(after({ status: 410 })).toEqual({ type: 'deadLettered', reason: 'the callback answered 410 Gone' })
})

test.for([100, 199, 300, 302, 307, 400, 401, 404, 408, 409, 411, 429, 500, 503, 599])('%i is tried again', (status) => {
  expect(after({ status })).toEqual({ type: 'retry', afterMs: 1_000 })
})

test('a network error or a timeout is tried again', () => {
  expect(after({ error: 'ECONNREFUSED' })).toEqual({ type: 'retry', afterMs: 1_000 })
})

test('the waits are 1, 2, 4, 8, 15, 30, 60, 120, and then 300 seconds again and again', () => {
  const waits = Array.from({ length: 12 }, (_, index) => after({ status: 500 }, { attempt: index + 1 }))
  expect(waits.map((one) => one.type === 'retry' && one.afterMs / 1000)).toEqual([
    1, 2, 4, 8, 15, 30, 60, 120, 300, 300, 300, 300,
  ])
})

test.for([1, 2, 4, 8, 15, 30, 60, 120, 300].map((seconds, index) => [index + 1, seconds] as const))(
  'wait %i is up to a fifth shorter or longer than %i seconds',
  ([attempt, seconds]) => {
    const least = after({ status: 500 }, { attempt, random: 0 })
    const most = after({ status: 500 }, { attempt, random: 1 })
    expect([least, most]).toEqual([
      { type: 'retry', afterMs: seconds * 800 },
      { type: 'retry', afterMs: seconds * 1200 },
    ])
  },
)

test.for([
  ['429, later than our own wait', { status: 429, retryAfterMs: 20_000 }, 20_000],
  ['503, later than our own wait', { status: 503, retryAfterMs: 20_000 }, 20_000],
  ['429, sooner than our own wait', { status: 429, retryAfterMs: 10 }, 1_000],
  ['503, at once', { status: 503, retryAfterMs: 0 }, 1_000],
  ['429, in a day', { status: 429, retryAfterMs: 86_400_000 }, 300_000],
  ['503, never', { status: 503, retryAfterMs: Number.POSITIVE_INFINITY }, 300_000],
  ['500, which does not say when', { status: 500, retryAfterMs: 20_000 }, 1_000],
] as const)('Retry-After of a %s', ([, result, afterMs]) => {
  expect(after(result)).toEqual({ type: 'retry', afterMs })
})

test('a notification is given up when it is an hour old, and not before', () => {
  expect(after({ status: 500 }, { ageMs: HOUR - 1 })).toMatchObject({ type: 'retry' })
  expect(after({ status: 500 }, { ageMs: HOUR })).toEqual({
    type: 'deadLettered',
    reason: 'not acknowledged within 3600 s',
  })
  expect(after({ error: 'timeout' }, { ageMs: HOUR })).toMatchObject({ type: 'deadLettered' })
})

test('the rule is a setting', () => {
  const rule = { scheduleSeconds: [0.5, 7], jitter: 0, maxRetryAfterMs: 9_000, maxAgeMs: 1_000 }
  const wait = (attempt: number, result: AttemptResult = { status: 500 }) =>
    decideOutcome(result, { attempt, ageMs: 0, random: 0.9 }, rule)
  expect([1, 2, 3].map((attempt) => wait(attempt))).toEqual(
    [500, 7_000, 7_000].map((afterMs) => ({ type: 'retry', afterMs })),
  )
  expect(wait(1, { status: 503, retryAfterMs: 60_000 })).toEqual({ type: 'retry', afterMs: 9_000 })
  expect(decideOutcome({ status: 500 }, { attempt: 1, ageMs: 1_000, random: 0 }, rule)).toMatchObject({
    type: 'deadLettered',
  })
})

test.for(['', '0', '1,x', '-1', '1,,2', '86401'])(
  'RETRY_SCHEDULE_SECONDS=%j is refused, or the default where it is empty',
  (text) => {
    const read = () => readSettings({ RETRY_SCHEDULE_SECONDS: text })
    if (text === '') expect(read().RETRY_SCHEDULE_SECONDS).toHaveLength(9)
    else expect(read).toThrow('RETRY_SCHEDULE_SECONDS: must be numbers over 0')
  },
)
