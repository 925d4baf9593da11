import { expect, test } from 'vitest'
import { withFaults } from '../../../shared/delivery/callbackFaults.js'
import type { AttemptResult } from '../../../shared/delivery/retryPolicy.js'
import type { SendOptions } from '../../../shared/delivery/send.js'
import { CALLBACK_EFFECTS, type CallbackFault, Faults } from '../../../shared/simulator/faults.js'
import type { NotificationRecord } from '../../../shared/storage/records.js'
import { incomingCall } from '../../support/callFixtures.js'
import { addPendingNotifications, createServiceFixture, newNotification } from '../../support/serviceFixture.js'

const LIMITS = { times: 1, skip: 0, probability: 1 } as const
const OPTIONS: SendOptions = { attempt: 1, token: 'header.claims.signature', timeoutMs: 5_000, callId: 'call' }
/** How long the callback takes to answer. */
const ANSWER_MS = 10

interface Post {
  readonly sequence: number
  readonly attempt: number
  readonly token: string
  readonly timeoutMs: number
  readonly at: number
}

/** A callback that answers 202, with faults in front of it, notifications that the call has, and a clock. */
function startFaultyCallback(...faults: readonly Partial<CallbackFault>[]) {
  const all = new Faults()
  all.set('bot', {
    seed: 1,
    faults: faults.map((fault) => ({ on: 'callback', ...LIMITS, ...fault }) as CallbackFault),
  })
  let now = 0
  const posts: Post[] = []
  const notifications: NotificationRecord[] = []
  let answer = (_: NotificationRecord): AttemptResult => ({ status: 202 })
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms
      for (const { at, add } of later) if (now >= at && !notifications.includes(add)) notifications.push(add)
    },
  }
  const later: { at: number; add: NotificationRecord }[] = []
  const send = withFaults(
    async (notification, { attempt, token, timeoutMs }) => {
      posts.push({ sequence: notification.sequence, attempt, token, timeoutMs, at: now })
      now += ANSWER_MS
      return answer(notification)
    },
    {
      faults: all,
      clock,
      calls: { readNotifications: async () => ({ notifications, attempts: [], deadLetters: new Map() }) },
      notificationTokens: { issueExpired: async () => 'expired' },
    },
  )
  return {
    faults: all,
    posts,
    /** Adds a notification to the call, at once or when the clock has reached a time. */
    commit: (sequence: number, at = 0) => {
      const add = newNotification({ sequence })
      if (at === 0) notifications.push(add)
      else later.push({ at, add })
    },
    answerWith: (next: typeof answer) => {
      answer = next
    },
    sendNotification: (sequence = 1, options: Partial<SendOptions> = {}) =>
      send(newNotification({ sequence }), { ...OPTIONS, ...options }),
    sent: () => posts.map(({ sequence }) => sequence),
    now: () => now,
  }
}

test.for([
  [
    { effect: 'status', status: 503 },
    { status: 503, fault: 'status' },
  ],
  [
    { effect: 'status', status: 429, retryAfterSeconds: 3 },
    { status: 429, retryAfterMs: 3_000, fault: 'status' },
  ],
  [{ effect: 'timeout' }, { error: 'timeout', fault: 'timeout' }],
  [{ effect: 'reset' }, { error: 'ECONNRESET', fault: 'reset' }],
] as const)('%j answers instead of the callback, once', async ([fault, result]) => {
  const { sendNotification, posts } = startFaultyCallback(fault)
  expect(await sendNotification()).toEqual(result)
  expect(posts).toEqual([])
  expect(await sendNotification()).toEqual({ status: 202 })
})

test('concurrent attempts get a fault only as often as it is set', async () => {
  const { sendNotification, sent } = startFaultyCallback({ effect: 'reset', times: 2 })
  const results = await Promise.all([1, 2, 3].map((sequence) => sendNotification(sequence)))
  expect(results.map(({ error }) => error)).toEqual(['ECONNRESET', 'ECONNRESET', undefined])
  expect(sent()).toEqual([3])
})

test('a POST outside of a delivery gets no fault', async () => {
  const { sendNotification, faults } = startFaultyCallback({ effect: 'reset' })
  expect(await sendNotification(1, { callId: undefined })).toEqual({ status: 202 })
  expect(faults.list('bot').faults).toMatchObject([{ fired: 0 }])
})

test('a delayed notification is sent later, in what is left of the timeout', async () => {
  const { sendNotification, posts } = startFaultyCallback({ effect: 'delay', delayMs: 2_000 })
  const posted = { at: 2_000, durationMs: ANSWER_MS }
  expect(await sendNotification()).toEqual({ status: 202, fault: 'delay', posted })
  expect(posts).toMatchObject([{ at: 2_000, timeoutMs: 3_000 }])
})

test('a delay over the timeout is a timeout, so that no attempt is longer than the lease', async () => {
  const { sendNotification, posts, now } = startFaultyCallback({ effect: 'delay', delayMs: 30_000 })
  expect(await sendNotification()).toEqual({ error: 'timeout', fault: 'delay' })
  expect([posts, now()]).toEqual([[], OPTIONS.timeoutMs])
})

test('a delayed notification is sent even if its fault is removed in the meantime', async () => {
  const { sendNotification, faults, sent } = startFaultyCallback({ effect: 'delay', delayMs: 10 })
  const result = sendNotification()
  faults.clear('bot')
  expect(await result).toMatchObject({ status: 202 })
  expect(sent()).toEqual([1])
})

test('a duplicate is a second POST of the same attempt, which has its own result', async () => {
  const { sendNotification, posts, answerWith } = startFaultyCallback({ effect: 'duplicate' })
  answerWith(() => ({ status: posts.length === 1 ? 202 : 409 }))
  const result = await sendNotification(4, { attempt: 2 })
  expect(result).toMatchObject({ status: 202, fault: 'duplicate', duplicate: { status: 409, durationMs: ANSWER_MS } })
  expect(posts).toMatchObject([
    { sequence: 4, attempt: 2 },
    { sequence: 4, attempt: 2 },
  ])
})

test('a dropped acknowledgment is not one, though the callback has the notification', async () => {
  const { sendNotification, sent } = startFaultyCallback({ effect: 'dropAcknowledgement' })
  expect(await sendNotification()).toEqual({ error: 'answer dropped', fault: 'dropAcknowledgement' })
  expect(sent()).toEqual([1])
})

test('the tokens of a faulty attempt are expired or wrongly signed, and the bot decides about them', async () => {
  const { sendNotification, posts, answerWith } = startFaultyCallback(
    { effect: 'expiredToken' },
    { effect: 'wrongSignature' },
  )
  answerWith(() => ({ status: 403 }))
  expect(await sendNotification()).toEqual({ status: 403, fault: 'expiredToken' })
  expect(await sendNotification()).toEqual({ status: 403, fault: 'wrongSignature' })
  await sendNotification()
  expect(posts.map(({ token }) => token)).toEqual(['expired', 'header.claims.Aignature', OPTIONS.token])
})

test('a reordered notification arrives after the next one, and each is sent once', async () => {
  const { sendNotification, commit, sent } = startFaultyCallback({ effect: 'reorder' })
  commit(2, 300)
  const first = await sendNotification(1)
  expect(sent()).toEqual([2, 1])
  const second = await sendNotification(2)
  expect(sent()).toEqual([2, 1])
  expect(first).toEqual({ status: 202, fault: 'reorder', posted: { at: 310, durationMs: ANSWER_MS } })
  expect(second).toEqual({ status: 202, fault: 'reorder', posted: { at: 300, durationMs: ANSWER_MS } })
  expect(await sendNotification(3)).toEqual({ status: 202 })
})

test('a notification without a next one is sent after a second', async () => {
  const { sendNotification, sent, now } = startFaultyCallback({ effect: 'reorder' })
  expect(await sendNotification(1)).toMatchObject({ status: 202, fault: 'reorder' })
  expect([sent(), now()]).toEqual([[1], 1_000 + ANSWER_MS])
})

test('the next notification is retried if its early POST has failed', async () => {
  const { sendNotification, commit, sent, answerWith } = startFaultyCallback({ effect: 'reorder' })
  commit(2)
  answerWith(({ sequence }) => ({ status: sequence === 2 ? 503 : 202 }))
  expect(await sendNotification(1)).toMatchObject({ status: 202 })
  expect(await sendNotification(2)).toMatchObject({ status: 503, fault: 'reorder' })
  answerWith(() => ({ status: 202 }))
  expect(await sendNotification(2)).toEqual({ status: 202 })
  expect(sent()).toEqual([2, 1, 2])
})

test('a notification that fails after the next one is retried, and the next one is not sent again', async () => {
  const { sendNotification, commit, sent, answerWith } = startFaultyCallback({ effect: 'reorder', times: 2 })
  commit(2)
  answerWith(({ sequence }) => ({ status: sequence === 1 ? 503 : 202 }))
  expect(await sendNotification(1)).toMatchObject({ status: 503 })
  answerWith(() => ({ status: 202 }))
  expect(await sendNotification(1)).toMatchObject({ status: 202 })
  expect(await sendNotification(2)).toMatchObject({ status: 202 })
  expect(sent()).toEqual([2, 1, 1])
})

test('the attempt at a reordered notification takes no longer than its timeout', async () => {
  const { sendNotification, commit, posts } = startFaultyCallback({ effect: 'reorder' })
  commit(2, 900)
  await sendNotification(1)
  for (const { at, timeoutMs } of posts) expect(at + timeoutMs).toBeLessThanOrEqual(OPTIONS.timeoutMs)
  expect(posts[1]?.timeoutMs).toBeGreaterThan(OPTIONS.timeoutMs / 3)
})

test.for(CALLBACK_EFFECTS)(
  'with the effect %s at random, nothing is lost, and only reorder changes the order',
  async (effect) => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const fixture = createServiceFixture()
      const limits = { times: 'always', skip: 0, probability: 0.3 } as const
      const fault = { on: 'callback', effect, ...limits, status: 503, delayMs: 4_000 } as CallbackFault
      fixture.service.faults?.set('bot', { seed, faults: [fault] })
      const arrivals = new Set<number>()
      fixture.callback = ({ sequence }) => {
        arrivals.add(sequence)
        return { status: 202 }
      }
      await fixture.createCall(incomingCall)
      await addPendingNotifications(fixture, 20)
      await fixture.run(1_200_000)
      const sorted = [...arrivals].toSorted((a, b) => a - b)
      const { sequence } = await fixture.readRecord()
      expect(sorted, `seed ${seed}`).toEqual(Array.from({ length: sequence }, (_, index) => index + 1))
      expect((await fixture.readDelivery()).cursor).toBe(sequence)
      if (effect !== 'reorder') expect([...arrivals]).toEqual(sorted)
    }
  },
)
