import { expect, test } from 'vitest'
import { listDeliveries, replayCall } from '../../../shared/delivery/deliveries.js'
import type { Bot } from '../../../shared/storage/botStore.js'
import { incomingCall } from '../../support/callFixtures.js'
import {
  addPendingNotifications,
  assertDefined,
  CALL,
  createServiceFixture,
  failRequests,
  type ServiceFixture,
} from '../../support/serviceFixture.js'

// What happens to the rest of a call when one of its notifications is dead-lettered.

const LEASE = 30_000
const SKEW = 5_000
const SKIP_AT_ONCE = { NOTIFICATION_MAX_ATTEMPTS: '1', ON_DEAD_LETTER: 'skip' }
const REASON = 'not acknowledged in 1 attempt'

/** A call with `count` pending notifications, whose callback refuses those with the given sequence numbers. */
async function createCallThatRefuses(
  refused: readonly number[],
  { count = 4, settings = SKIP_AT_ONCE as Record<string, string> } = {},
): Promise<ServiceFixture> {
  const fixture = createServiceFixture({ ANSWER_TIMEOUT_MS: '86400000', ...settings })
  fixture.callback = ({ sequence }) => ({ status: refused.includes(sequence) ? 500 : 202 })
  await fixture.createCall(incomingCall)
  if (count > 1) await addPendingNotifications(fixture, count - 1)
  fixture.queues.take()
  return fixture
}

const acceptAll = (fixture: ServiceFixture): void => {
  fixture.callback = () => ({ status: 202 })
}
const sentSequences = ({ sent }: ServiceFixture) => sent.map(({ sequence }) => sequence)
const replay = ({ service }: ServiceFixture) => replayCall(service, CALL)

async function summarize({ service }: ServiceFixture): Promise<string[]> {
  const { deliveries } = await listDeliveries(service, { callId: CALL }, undefined)
  return deliveries.map(({ notification, state, reason, attempts }) => {
    const statuses = attempts.map(({ status }) => status).join(' ')
    return [notification.sequence, state, statuses, reason].filter(Boolean).join(', ')
  })
}

const BOT: Bot = {
  applicationId: incomingCall.applicationId,
  displayName: 'Test BOT',
  tenantId: 'tenant',
  callingWebhook: incomingCall.callbackUri,
  dialect: 'app',
}

test('with maxAttempts 1 and skip, each notification is sent once and in order, as Graph does', async () => {
  const fixture = await createCallThatRefuses([2, 3])
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2, 3, 4])
  expect(await fixture.readDelivery()).toMatchObject({ cursor: 4, skipped: [2, 3], skippedAt: fixture.clock.now() })
  expect(await summarize(fixture)).toEqual([
    '1, delivered, 202',
    `2, deadLettered, 500, ${REASON}`,
    `3, deadLettered, 500, ${REASON}`,
    '4, delivered, 202',
  ])
  expect(fixture.log).toContain(`notification.deadLettered call=${CALL} sequence=2 reason="${REASON}"`)
  await addPendingNotifications(fixture, 1)
  await fixture.run(1_000)
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2, 3, 4, 5])
})

test('with pause, the rest of the call is dead-lettered after the last attempt', async () => {
  const fixture = await createCallThatRefuses([2], {
    settings: { NOTIFICATION_MAX_ATTEMPTS: '2', ON_DEAD_LETTER: 'pause' },
  })
  await fixture.drain()
  await fixture.run(60_000)
  expect(sentSequences(fixture)).toEqual([1, 2, 2])
  const reason = 'not acknowledged in 2 attempts'
  expect(await summarize(fixture)).toEqual([
    '1, delivered, 202',
    `2, deadLettered, 500 500, ${reason}`,
    `3, deadLettered, ${reason}`,
    `4, deadLettered, ${reason}`,
  ])
})

test.for([
  ['a response 410', { status: 410 }, 'the callback answered 410 Gone'],
  ['an age of an hour', { status: 500 }, 'not acknowledged within 3600 s'],
] as const)('with skip, %s dead-letters one notification and not the rest', async ([, result, reason]) => {
  const fixture = await createCallThatRefuses([], { count: 3, settings: { ON_DEAD_LETTER: 'skip' } })
  fixture.callback = ({ sequence }) => (sequence === 2 ? result : { status: 202 })
  await fixture.drain()
  await fixture.run(4_000_000)
  expect((await summarize(fixture))[1]).toContain(reason)
  expect(await fixture.readDelivery()).toMatchObject({ cursor: 3, skipped: [2] })
})

test('a call that keeps crashing its host is dead-lettered as a whole, even with skip', async () => {
  const fixture = await createCallThatRefuses([], { count: 2, settings: { ON_DEAD_LETTER: 'skip' } })
  for (let start = 1; start <= 20; start++) {
    fixture.callback = () => new Promise(() => undefined)
    void fixture.drain()
    await expect.poll(() => fixture.sent.length, { interval: 1 }).toBe(start)
    fixture.clock.advance(LEASE + SKEW)
  }
  acceptAll(fixture)
  await fixture.drain()
  await fixture.drain()
  expect(fixture.sent).toHaveLength(20)
  expect(await fixture.readDelivery()).toMatchObject({
    cursor: 0,
    deadLettered: { reason: '20 deliveries started and none finished' },
  })
})

test.for([
  ['with the values that the bot registered', { maxAttempts: 2, onDeadLetter: 'skip' }, [1, 1, 2], { skipped: [1] }],
  ['with the settings, if the bot registered nothing', {}, [1], { deadLettered: { reason: REASON } }],
  ['without a limit, if the bot registered 0', { maxAttempts: 0 }, [1, 1, 1], { failedAttempts: 3 }],
] as const)('a notification is attempted %s', async ([, policy, sequences, delivery]) => {
  const settings = { NOTIFICATION_MAX_ATTEMPTS: '1', ON_DEAD_LETTER: 'pause' }
  const fixture = await createCallThatRefuses([1], { count: 2, settings })
  await fixture.service.bots.put({ ...BOT, ...policy })
  await fixture.drain()
  await fixture.run(5_000)
  expect(sentSequences(fixture)).toEqual(sequences)
  expect(await fixture.readDelivery()).toMatchObject(delivery)
})

test('a registration that changes while a call waits applies to the next attempt', async () => {
  const fixture = await createCallThatRefuses([1], { count: 2, settings: {} })
  await fixture.drain()
  await fixture.service.bots.put({ ...BOT, maxAttempts: 1, onDeadLetter: 'skip' })
  await fixture.run(2_000)
  expect(sentSequences(fixture)).toEqual([1, 1, 2])
})

test('a failure to read the registration does not skip the notification: it is attempted again', async () => {
  const fixture = await createCallThatRefuses([1], { count: 2 })
  fixture.tables.before = failRequests('read bots')
  await expect(fixture.drain()).rejects.toThrow('no answer')
  expect(await fixture.readDelivery()).toMatchObject({ cursor: 0 })
  acceptAll(fixture)
  await fixture.run(60_000)
  expect(sentSequences(fixture)).toEqual([1, 1, 2])
})

test('acknowledged notifications do not read the registration', async () => {
  const fixture = await createCallThatRefuses([])
  fixture.tables.before = ({ name }) => expect(name).not.toBe('read bots')
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2, 3, 4])
})

test('a replay sends the skipped notifications first, in their order, and keeps their attempts', async () => {
  const fixture = await createCallThatRefuses([2, 4], { count: 5 })
  await fixture.drain()
  const [, second] = fixture.sent
  acceptAll(fixture)
  expect(await replay(fixture)).toBe(true)
  await addPendingNotifications(fixture, 1)
  expect((await summarize(fixture)).slice(1)).toEqual([
    '2, pending, 500',
    '3, delivered, 202',
    '4, pending, 500',
    '5, delivered, 202',
    '6, pending',
  ])
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2, 3, 4, 5, 2, 4, 6])
  expect(fixture.sent[5]).toMatchObject({ id: assertDefined(second).id, attempt: 1 })
  expect(await summarize(fixture)).toEqual([
    '1, delivered, 202',
    '2, delivered, 500 202',
    '3, delivered, 202',
    '4, delivered, 500 202',
    '5, delivered, 202',
    '6, delivered, 202',
  ])
  const delivery = await fixture.readDelivery()
  expect([delivery.cursor, delivery.skipped, delivery.replaying]).toEqual([6, undefined, undefined])
  expect(await replay(fixture)).toBe(false)
})

test('a replayed notification that fails again is skipped again, with its new reason', async () => {
  const fixture = await createCallThatRefuses([2])
  await fixture.drain()
  fixture.callback = ({ sequence }) => ({ status: sequence === 2 ? 410 : 202 })
  await replay(fixture)
  await addPendingNotifications(fixture, 1)
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2, 3, 4, 2, 5])
  expect((await summarize(fixture))[1]).toBe('2, deadLettered, 500 410, the callback answered 410 Gone')
})

test('a replay of a paused call that has skipped before sends the skipped ones, then the rest', async () => {
  const fixture = await createCallThatRefuses([])
  await fixture.service.bots.put({ ...BOT, maxAttempts: 1, onDeadLetter: 'skip' })
  fixture.callback = async ({ sequence }) => {
    if (sequence === 3) await fixture.service.bots.put({ ...BOT, maxAttempts: 1, onDeadLetter: 'pause' })
    return { status: sequence === 2 ? 202 : 500 }
  }
  await fixture.drain()
  expect(await summarize(fixture)).toEqual([
    `1, deadLettered, 500, ${REASON}`,
    '2, delivered, 202',
    `3, deadLettered, 500, ${REASON}`,
    `4, deadLettered, ${REASON}`,
  ])
  // With pause, the replay stops at the first notification that fails, and loses none.
  fixture.callback = () => ({ status: 500 })
  await replay(fixture)
  await fixture.drain()
  expect((await summarize(fixture)).map((line) => line.split(',', 2).join())).toEqual([
    '1, deadLettered',
    '2, delivered',
    '3, deadLettered',
    '4, deadLettered',
  ])
  acceptAll(fixture)
  await replay(fixture)
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2, 3, 1, 1, 3, 4])
  expect(await summarize(fixture)).toEqual([
    '1, delivered, 500 500 202',
    '2, delivered, 202',
    '3, delivered, 500 202',
    '4, delivered, 202',
  ])
})

test('a replay during a POST loses nothing: the notification in flight is sent again after the others', async () => {
  const fixture = await createCallThatRefuses([1], { count: 3 })
  let isReplayed = false
  fixture.callback = async ({ sequence }) => {
    if (sequence === 2 && !isReplayed) {
      isReplayed = true
      acceptAll(fixture)
      await replay(fixture)
      await fixture.drain()
    }
    return { status: sequence === 1 ? 500 : 202 }
  }
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2, 1, 2, 3])
  expect(await fixture.readDelivery()).toMatchObject({ cursor: 3 })
})

test('the rest of a call is dead-lettered when 1,000 of its notifications were skipped', async () => {
  const fixture = await createCallThatRefuses([1, 2], { count: 3 })
  const { value, etag } = assertDefined(await fixture.service.calls.readDelivery(CALL))
  const skipped = Array.from({ length: 999 }, (_, index) => -index)
  await fixture.service.calls.writeDelivery(CALL, { ...value, skipped }, etag)
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2])
  expect(await fixture.readDelivery()).toMatchObject({ cursor: 1, deadLettered: { reason: REASON } })
})

test('an ended call is kept for a day after its last dead letter, and while it is replayed', async () => {
  const fixture = await createCallThatRefuses([2], {
    count: 1,
    settings: { ...SKIP_AT_ONCE, NOTIFICATION_MAX_ATTEMPTS: '0', ANSWER_TIMEOUT_MS: '1000' },
  })
  const HOUR = 3_600_000
  await fixture.run(2 * HOUR)
  expect((await fixture.readDelivery()).skipped).toEqual([2])
  await fixture.run(22.5 * HOUR)
  expect((await fixture.service.calls.read(CALL)).record).toBeDefined()
  await replay(fixture)
  await fixture.run(0.9 * HOUR)
  expect((await fixture.service.calls.read(CALL)).record).toBeDefined()
  acceptAll(fixture)
  await fixture.run(0.5 * HOUR)
  expect((await fixture.service.calls.read(CALL)).record).toBeUndefined()
})

const failing = ({ log }: ServiceFixture) => log.filter((line) => line.startsWith('notification.failing'))

test('the third failure of a notification is a warning that names bot, call, consequence and setting', async () => {
  const fixture = await createCallThatRefuses([1], { settings: {} })
  await fixture.drain()
  await fixture.run(2_000)
  expect(failing(fixture)).toEqual([])
  await fixture.run(60_000)
  expect(fixture.sent.length).toBeGreaterThan(4)
  expect(failing(fixture)).toEqual([
    `notification.failing bot=bot call=${CALL} sequence=1 attempts=3 restOfCall="waits for this one; if it is ` +
      'not acknowledged in 3600 s, the rest is dead-lettered too" toChange="maxAttempts and onDeadLetter in ' +
      'PUT /bots/{applicationId}, or NOTIFICATION_MAX_ATTEMPTS and ON_DEAD_LETTER"',
  ])
  expect(fixture.warnings).toEqual(failing(fixture))
})

test.for([
  [
    '5',
    'skip',
    'waits for this one; if it is not acknowledged in 5 attempts or 3600 s, the rest continues without this one',
  ],
  ['3', 'skip', 'continues without this one'],
  ['3', 'pause', 'is dead-lettered too'],
] as const)(
  'with NOTIFICATION_MAX_ATTEMPTS=%s and ON_DEAD_LETTER=%s, the warning says that the rest %s',
  async ([NOTIFICATION_MAX_ATTEMPTS, ON_DEAD_LETTER, rest]) => {
    const fixture = await createCallThatRefuses([1], { settings: { NOTIFICATION_MAX_ATTEMPTS, ON_DEAD_LETTER } })
    await fixture.drain()
    await fixture.run(4_000)
    expect(failing(fixture)).toEqual([expect.stringContaining(`restOfCall="${rest}"`)])
  },
)

test('a host that dies at the third attempt does not suppress the warning', async () => {
  const fixture = await createCallThatRefuses([1], { settings: {} })
  await fixture.drain()
  fixture.clock.advance(1_000)
  await fixture.drain()
  fixture.callback = () => new Promise(() => undefined)
  fixture.clock.advance(2_000)
  void fixture.drain()
  await expect.poll(() => fixture.sent.length, { interval: 1 }).toBe(3)
  fixture.callback = () => ({ status: 500 })
  fixture.clock.advance(LEASE + SKEW)
  await fixture.drain()
  expect(failing(fixture)).toEqual([expect.stringContaining('attempts=4')])
})
