import { expect, test } from 'vitest'
import { listDeliveries } from '../../../shared/delivery/deliveries.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { incomingCall } from '../../support/callFixtures.js'
import {
  addPendingNotifications,
  assertDefined,
  CALL,
  createServiceFixture,
  failRequests,
  runOnce,
  type ServiceFixture,
} from '../../support/serviceFixture.js'

const LEASE = 30_000
const SKEW = 5_000

/** A call with `count` pending notifications. The first one announces the call. */
async function createPendingCall(count: number): Promise<ServiceFixture> {
  const fixture = createServiceFixture({ ANSWER_TIMEOUT_MS: '86400000' })
  await fixture.createCall(incomingCall)
  if (count > 1) await addPendingNotifications(fixture, count - 1)
  fixture.queues.take()
  return fixture
}

const sentSequences = ({ sent }: ServiceFixture) => sent.map(({ sequence }) => sequence)

/** Waits until the callback has received `count` requests. */
const waitForRequests = (fixture: ServiceFixture, count: number) =>
  expect.poll(() => fixture.sent.length, { interval: 1 }).toBe(count)

/** A promise that a test resolves. */
function newGate() {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open: () => open(), opened }
}

/** Overwrites the delivery row with the state that another host has left. */
async function overwriteDelivery(fixture: ServiceFixture, changes: object): Promise<void> {
  const { value, etag } = assertDefined(await fixture.service.calls.readDelivery(CALL))
  await fixture.service.calls.writeDelivery(CALL, { ...value, ...changes }, etag)
}

test('a drain delivers all pending notifications in order, each with its own id, and releases the lease', async () => {
  const fixture = await createPendingCall(5)
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2, 3, 4, 5])
  expect(new Set(fixture.sent.map(({ id }) => id)).size).toBe(5)
  expect(fixture.sent.every(({ attempt }) => attempt === 1)).toBe(true)
  expect(await fixture.readDelivery()).toEqual({ cursor: 5, epoch: 2, failedAttempts: 0, unresolvedAttempts: 0 })
  expect(fixture.queues.take()).toEqual([])
})

test('a drain of a call that has nothing pending or does not exist takes no lease', async () => {
  const fixture = await createPendingCall(1)
  await fixture.drain()
  const before = await fixture.service.calls.readDelivery(CALL)
  await fixture.drain()
  await fixture.drain({ callId: 'another' })
  expect(await fixture.service.calls.readDelivery(CALL)).toEqual(before)
  expect(sentSequences(fixture)).toEqual([1])
})

test('the cursor moves and the next attempt starts only after the callback has acknowledged', async () => {
  const fixture = await createPendingCall(3)
  const reply = newGate()
  fixture.callback = async ({ sequence }) => {
    expect((await fixture.readDelivery()).cursor).toBe(sequence - 1)
    if (sequence === 2) await reply.opened
    return { status: 202 }
  }
  const draining = fixture.drain()
  await waitForRequests(fixture, 2)
  expect(await fixture.readDelivery()).toMatchObject({ cursor: 1, owner: expect.any(String) })
  expect(sentSequences(fixture)).toEqual([1, 2])
  reply.open()
  await draining
  expect(sentSequences(fixture)).toEqual([1, 2, 3])
  expect((await fixture.readDelivery()).cursor).toBe(3)
})

test('a second drain delivers nothing while the lease of the first is valid', async () => {
  const fixture = await createPendingCall(3)
  const reply = newGate()
  fixture.callback = async () => {
    await reply.opened
    return { status: 202 }
  }
  const first = fixture.drain()
  await waitForRequests(fixture, 1)
  fixture.clock.advance(LEASE + SKEW - 1)
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1])
  reply.open()
  await first
  expect(sentSequences(fixture)).toEqual([1, 2, 3])
})

test('only one of two drains that take the lease at the same time gets it', async () => {
  const fixture = await createPendingCall(3)
  fixture.tables.before = runOnce('write calls', () => fixture.drain())
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2, 3])
  expect(await fixture.readDelivery()).toMatchObject({ cursor: 3, epoch: 2 })
})

test('each acknowledgement renews the lease', async () => {
  const fixture = await createPendingCall(4)
  fixture.callback = async () => {
    fixture.clock.advance(9_000)
    const { leaseUntil = 0 } = await fixture.readDelivery()
    expect(leaseUntil).toBe(fixture.clock.now() - 9_000 + LEASE)
    return { status: 202 }
  }
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2, 3, 4])
})

test('a drain takes over the lease of a dead host after it has expired, plus the clock skew', async () => {
  const fixture = await createPendingCall(2)
  await overwriteDelivery(fixture, {
    epoch: 7,
    unresolvedAttempts: 1,
    owner: 'dead',
    leaseUntil: fixture.clock.now() + LEASE,
  })
  fixture.clock.advance(LEASE + SKEW - 1)
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([])
  fixture.clock.advance(1)
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2])
  expect(await fixture.readDelivery()).toEqual({ cursor: 2, epoch: 9, failedAttempts: 0, unresolvedAttempts: 0 })
})

test('a host that lost its lease stops and leaves the cursor alone', async () => {
  const fixture = await createPendingCall(2)
  const reply = newGate()
  fixture.callback = async () => {
    const isFirst = fixture.sent.length === 1
    if (isFirst) await reply.opened
    return { status: isFirst ? 202 : 500 }
  }
  const slow = fixture.drain()
  await waitForRequests(fixture, 1)
  fixture.clock.advance(LEASE + SKEW)
  await fixture.drain()
  const theirs = await fixture.readDelivery()
  expect(theirs).toMatchObject({ cursor: 0, epoch: 2, failedAttempts: 2 })
  reply.open()
  await slow
  expect(await fixture.readDelivery()).toEqual(theirs)
  expect(sentSequences(fixture)).toEqual([1, 1])
})

test('a drain delivers what is committed between its last read and the release of the lease', async () => {
  const fixture = await createPendingCall(1)
  const { tables } = fixture
  // The write after the acknowledgement: the drain has read no further notification, and the lease is still taken.
  tables.before = async ({ name }) => {
    if (name !== 'write calls' || fixture.sent.length === 0) return
    tables.before = () => undefined
    await addPendingNotifications(fixture, 1)
    await fixture.drain()
    expect(sentSequences(fixture)).toEqual([1])
  }
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2])
  expect((await fixture.readDelivery()).cursor).toBe(2)
})

test('a command during a POST does not wait for it, and its notifications follow', async () => {
  const fixture = await createPendingCall(1)
  fixture.callback = async ({ sequence }) => {
    if (sequence === 1) await fixture.changeCall({ type: 'hangUp' })
    return { status: 202 }
  }
  await fixture.drain()
  expect((await fixture.readRecord()).call.state).toBe('terminated')
  expect(sentSequences(fixture)).toEqual([1, 2, 3])
})

test('a drain ends after twenty notifications and sends a wake-up for the rest', async () => {
  const fixture = await createPendingCall(45)
  await fixture.drain()
  expect(sentSequences(fixture)).toHaveLength(20)
  const { attempts, ...delivery } = await fixture.readDelivery()
  expect(delivery).toEqual({ cursor: 20, outboxRow: 2, epoch: 2, failedAttempts: 0, unresolvedAttempts: 0 })
  expect(attempts?.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 19 }, (_, index) => index + 2))
  expect(fixture.queues.take()).toEqual([{ queue: 'notifications', message: { callId: CALL }, delayMs: 0 }])
  await fixture.run(1_000)
  expect(sentSequences(fixture)).toHaveLength(20)
  await fixture.drain()
  await fixture.run(1_000)
  expect(sentSequences(fixture)).toEqual(Array.from({ length: 45 }, (_, index) => index + 1))
})

test('a drain of exactly twenty notifications sends no wake-up', async () => {
  const fixture = await createPendingCall(20)
  await fixture.drain()
  expect((await fixture.readDelivery()).cursor).toBe(20)
  expect(fixture.queues.take()).toEqual([])
})

test('a drain ends after a minute and sends a wake-up for the rest', async () => {
  const fixture = await createPendingCall(10)
  fixture.callback = () => {
    fixture.clock.advance(9_000)
    return { status: 202 }
  }
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2, 3, 4, 5, 6, 7])
  const { attempts, ...delivery } = await fixture.readDelivery()
  expect(delivery).toEqual({ cursor: 7, outboxRow: 2, epoch: 2, failedAttempts: 0, unresolvedAttempts: 0 })
  expect(attempts?.map(({ sequence }) => sequence)).toEqual([2, 3, 4, 5, 6, 7])
  expect(fixture.queues.take()).toEqual([{ queue: 'notifications', message: { callId: CALL }, delayMs: 0 }])
})

test('the last twenty attempts at a notification are kept', async () => {
  const fixture = createServiceFixture({ ANSWER_TIMEOUT_MS: '86400000', RETRY_SCHEDULE_SECONDS: '1' })
  await fixture.createCall(incomingCall)
  fixture.callback = (_, { attempt }) => ({ status: 500 + attempt })
  await fixture.run(25_000)
  expect(fixture.sent).toHaveLength(25)
  const { attempts = [] } = await fixture.readDelivery()
  expect(attempts.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, (_, index) => 506 + index))
})

test('a refused notification is retried with the same id, and delays those after it', async () => {
  const fixture = await createPendingCall(2)
  fixture.callback = (_, { attempt }) => (attempt < 4 ? { status: 500 } : { status: 200 })
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1])
  const waiting = await fixture.readDelivery()
  const nextAttemptAt = fixture.clock.now() + 1_000
  const attempts = [{ sequence: 1, at: fixture.clock.now(), durationMs: 0, status: 500, nextAttemptAt }]
  expect(waiting).toEqual({ cursor: 0, epoch: 1, failedAttempts: 1, unresolvedAttempts: 0, attempts, nextAttemptAt })
  expect(fixture.queues.take()).toEqual([
    { queue: 'notifications', message: { callId: CALL, epoch: 1 }, delayMs: 1_000 },
  ])

  fixture.clock.advance(1_000)
  await fixture.drain({ epoch: 1 })
  await fixture.run(60_000)
  const first = fixture.sent.filter(({ sequence }) => sequence === 1)
  expect(first.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4])
  expect(new Set(first.map(({ id }) => id)).size).toBe(1)
  // After 1, 2 and 4 seconds.
  expect(first.map(({ at }) => at)).toEqual([0, 1_000, 3_000, 7_000])
  expect(sentSequences(fixture)).toEqual([1, 1, 1, 1, 2, 2, 2, 2])
  expect((await fixture.readDelivery()).cursor).toBe(2)
})

test('before a retry is due, only the wake-up with its epoch continues, and sleeps until then', async () => {
  const fixture = await createPendingCall(1)
  fixture.callback = () => ({ status: 500 })
  await fixture.drain()
  const waiting = await fixture.readDelivery()
  for (const epoch of [0, 2]) await fixture.drain({ epoch })
  await fixture.drain()
  expect(await fixture.readDelivery()).toEqual(waiting)
  expect(fixture.clock.slept).toEqual([])

  fixture.clock.advance(400)
  await fixture.drain({ epoch: 1 })
  expect(fixture.clock.slept).toEqual([600])
  expect(fixture.sent.map(({ at }) => at)).toEqual([0, 1_000])

  // The epoch of the same message is stale by now.
  const next = await fixture.readDelivery()
  expect(next).toMatchObject({ epoch: 2, failedAttempts: 2 })
  await fixture.drain({ epoch: 1 })
  expect(await fixture.readDelivery()).toEqual(next)
  expect(fixture.sent).toHaveLength(2)
})

test('a retry that is due continues with any wake-up', async () => {
  const fixture = await createPendingCall(1)
  fixture.callback = (_, { attempt }) => ({ status: attempt === 1 ? 500 : 202 })
  await fixture.drain()
  fixture.clock.advance(1_000)
  await fixture.drain()
  expect(await fixture.readDelivery()).toEqual({ cursor: 1, epoch: 2, failedAttempts: 0, unresolvedAttempts: 0 })
})

test('a retry more than a minute away sends no wake-up', async () => {
  const fixture = await createPendingCall(1)
  fixture.callback = () => ({ status: 503, retryAfterMs: 60_000 })
  await fixture.drain()
  expect(fixture.queues.take()).toMatchObject([{ delayMs: 60_000 }])
  fixture.callback = () => ({ status: 503, retryAfterMs: 60_001 })
  fixture.clock.advance(60_000)
  await fixture.drain()
  expect(fixture.queues.take()).toEqual([])
  expect((await fixture.readDelivery()).nextAttemptAt).toBe(fixture.clock.now() + 60_001)
})

test('the status 410 dead-letters all pending notifications of the call, and no attempt follows', async () => {
  const fixture = await createPendingCall(3)
  fixture.callback = ({ sequence }) => ({ status: sequence === 2 ? 410 : 202 })
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2])
  const delivery = await fixture.readDelivery()
  const reason = 'the callback answered 410 Gone'
  expect(delivery).toMatchObject({
    cursor: 1,
    unresolvedAttempts: 0,
    deadLettered: { at: fixture.clock.now(), reason },
  })
  expect(delivery.owner).toBeUndefined()
  expect(fixture.log.at(-1)).toBe(`notification.deadLettered call=${CALL} from=2 reason="${reason}"`)

  fixture.callback = () => ({ status: 202 })
  await addPendingNotifications(fixture, 1)
  await fixture.drain()
  await fixture.drain({ epoch: delivery.epoch })
  await fixture.run(120_000)
  expect(sentSequences(fixture)).toEqual([1, 2])
  expect(await fixture.readDelivery()).toEqual(delivery)
})

test('a notification that is not acknowledged for an hour is dead-lettered', async () => {
  const fixture = await createPendingCall(2)
  fixture.callback = () => ({ error: 'ECONNREFUSED' })
  await fixture.drain()
  await fixture.run(3_600_000)
  expect((await fixture.readDelivery()).deadLettered).toBeUndefined()
  await fixture.run(400_000)
  expect(await fixture.readDelivery()).toMatchObject({
    cursor: 0,
    deadLettered: { reason: 'not acknowledged within 3600 s' },
  })
  expect(sentSequences(fixture).every((sequence) => sequence === 1)).toBe(true)
  // After 1, 2, 4, 8, 15, 30, 60 and 120 seconds, and then every five minutes by the sweep.
  expect(fixture.sent.length).toBeGreaterThanOrEqual(20)
  expect(fixture.sent.length).toBeLessThanOrEqual(21)
})

test('a call is dead-lettered after twenty attempts without a known result', async () => {
  const fixture = await createPendingCall(1)
  for (let start = 1; start <= 20; start++) {
    // The host dies during the POST: this drain never ends.
    fixture.callback = () => new Promise(() => undefined)
    void fixture.drain()
    await waitForRequests(fixture, start)
    expect((await fixture.readDelivery()).unresolvedAttempts).toBe(start)
    fixture.clock.advance(LEASE + SKEW)
  }
  await fixture.drain()
  // Each attempt counts, because the callback may have received it.
  expect(fixture.sent.map(({ attempt }) => attempt)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1))
  const reason = '20 deliveries started and none finished'
  expect(await fixture.readDelivery()).toMatchObject({ cursor: 0, deadLettered: { reason } })
})

test.for([
  ['an acknowledgement', { status: 202 }],
  ['a refusal', { status: 500 }],
])('%s resets the count of unresolved attempts', async ([, result]) => {
  const fixture = await createPendingCall(1)
  await overwriteDelivery(fixture, { unresolvedAttempts: 19 })
  fixture.callback = () => result as { status: number }
  await fixture.drain()
  expect(await fixture.readDelivery()).toMatchObject({ unresolvedAttempts: 0, epoch: 1 })
  expect((await fixture.readDelivery()).deadLettered).toBeUndefined()
})

test('each attempt writes one log line with its result', async () => {
  const fixture = await createPendingCall(1)
  fixture.callback = () => {
    fixture.clock.advance(12)
    return { status: 500 }
  }
  await fixture.drain()
  expect(fixture.log).toEqual([
    `notification.attempted call=${CALL} sequence=1 attempt=1 host=bot.example ` +
      'status=500 ms=12 outcome=retry nextInMs=1000',
  ])
})

test('the log names the host that CALLBACK_REWRITE contacts, and the notification keeps its callback', async () => {
  const fixture = createServiceFixture({ CALLBACK_REWRITE: 'https://bot.example=http://localhost:3978' })
  fixture.callback = ({ callbackUri }) => {
    expect(callbackUri).toBe(incomingCall.callbackUri)
    return { status: 202 }
  }
  await fixture.createCall(incomingCall)
  await fixture.drain()
  expect(fixture.log).toEqual([expect.stringContaining('attempt=1 host=localhost:3978 status=202')])
})

test('a public callback host gets one hint, not one for each attempt', async () => {
  const fixture = createServiceFixture()
  fixture.callback = () => ({ error: 'timeout' })
  await fixture.createCall({ ...incomingCall, callbackUri: 'https://8.8.8.8/calls' })
  await fixture.run(10_000)
  expect(fixture.sent.length).toBeGreaterThan(2)
  expect(fixture.log.filter((line) => line.includes('CALLBACK_REWRITE'))).toEqual([
    expect.stringMatching(/^callback\.elsewhere host=8\.8\.8\.8 .* CALLBACK_REWRITE=https:\/\/8\.8\.8\.8=http:/),
  ])
})

/** The storage requests of a drain, each of which fails once. */
const requestIndexes = Array.from({ length: 16 }, (_, index) => index)
test.for(['before', 'after'] as const)(
  'a later drain continues when the storage fails %s any single request',
  async (when) => {
    const surfaced: number[] = []
    for (const index of requestIndexes) {
      const fixture = await createPendingCall(4)
      let count = 0
      fixture.tables[when] = () => {
        if (count++ === index) throw new StorageUnavailable('no answer')
      }
      fixture.callback = ({ sequence }, { attempt }) => ({ status: sequence === 2 && attempt === 1 ? 500 : 202 })
      await fixture.drain().catch((error: unknown) => {
        expect(error).toBeInstanceOf(StorageUnavailable)
        surfaced.push(index)
      })
      fixture.tables[when] = () => undefined
      await fixture.run(60_000)
      expect((await fixture.readDelivery()).cursor).toBe(4)
      const order = [...new Set(sentSequences(fixture))]
      expect(order).toEqual([1, 2, 3, 4])
      // A single failure causes no duplicate: only the refused notification is sent twice.
      expect(sentSequences(fixture)).toEqual([1, 2, 2, 3, 4])
    }
    // The error reaches the caller for some requests, and the drain handles the others.
    expect(surfaced.length).toBeGreaterThan(0)
    expect(surfaced.length).toBeLessThan(requestIndexes.length)
  },
)

test('a drain that cannot send the wake-up for a retry throws StorageUnavailable and keeps the retry', async () => {
  const fixture = await createPendingCall(1)
  fixture.callback = (_, { attempt }) => ({ status: attempt === 1 ? 500 : 202 })
  fixture.queues.before = () => {
    throw new StorageUnavailable('no answer')
  }
  await expect(fixture.drain()).rejects.toThrow(StorageUnavailable)
  expect(await fixture.readDelivery()).toMatchObject({ failedAttempts: 1, nextAttemptAt: fixture.clock.now() + 1_000 })
  fixture.queues.before = () => undefined
  await fixture.run(30_000)
  expect((await fixture.readDelivery()).cursor).toBe(1)
})

test('an acknowledgement is recorded when the next notification cannot be read', async () => {
  const fixture = await createPendingCall(2)
  await addPendingNotifications(fixture, 1)
  // A drain reads ahead once it has found a second commit: it reads the third one during the POST of the second.
  const nextRow = 'outbox:0000000003'
  fixture.tables.before = failRequests('read calls', 1, nextRow)
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2, 3])
  expect(await fixture.readDelivery()).toMatchObject({ cursor: 3, unresolvedAttempts: 0 })
})

test('the attempts at the notifications of a commit are stored together, and listed before that', async () => {
  const fixture = await createPendingCall(4)
  const listAttempts = async () => {
    const { deliveries } = await listDeliveries(fixture.service, { callId: CALL }, undefined)
    return deliveries.map(({ attempts }) => attempts.map(({ status }) => status))
  }
  fixture.callback = ({ sequence }, { attempt }) => ({ status: sequence === 3 && attempt === 1 ? 500 : 202 })
  await fixture.drain()
  expect(await listAttempts()).toEqual([[202], [202], [500], []])
  expect(await fixture.service.calls.readAttempts(CALL, 2)).toEqual([])
  await fixture.run(2_000)
  expect(await listAttempts()).toEqual([[202], [202], [500, 202], [202]])
  const stored = await fixture.service.calls.readAttempts(CALL, 2)
  expect(stored.map(({ sequence }) => sequence)).toEqual([2, 3, 3, 4])
  expect(await fixture.readDelivery()).not.toHaveProperty('attempts')
})

test('a list shows each attempt once when a drain leaves the outbox row between its two reads', async () => {
  const fixture = await createPendingCall(3)
  fixture.callback = ({ sequence }, { attempt }) => ({ status: sequence === 3 && attempt === 1 ? 500 : 202 })
  await fixture.drain()
  fixture.clock.advance(1_000)
  fixture.tables.before = runOnce('list calls', () => fixture.drain({ epoch: 2 }))
  const { deliveries } = await listDeliveries(fixture.service, { callId: CALL }, undefined)
  expect(deliveries.map(({ attempts }) => attempts.map(({ status }) => status))).toEqual([[202], [202], [500, 202]])
})

test('a drain that stopped in the middle of a commit continues there, and reads its row again', async () => {
  const fixture = await createPendingCall(4)
  fixture.callback = ({ sequence }, { attempt }) => ({ status: sequence === 3 && attempt === 1 ? 500 : 202 })
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2, 3])
  expect(await fixture.readDelivery()).toMatchObject({ cursor: 2, outboxRow: 2, failedAttempts: 1 })
  await fixture.run(2_000)
  expect(sentSequences(fixture)).toEqual([1, 2, 3, 3, 4])
  expect(await fixture.readDelivery()).not.toHaveProperty('outboxRow')
  await addPendingNotifications(fixture, 1)
  await fixture.drain()
  expect(sentSequences(fixture)).toEqual([1, 2, 3, 3, 4, 5])
})
