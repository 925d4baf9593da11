import { type Log, logLine } from '../platform/log.js'
import { telemetryInstruments } from '../platform/telemetry.js'
import type { CallStore } from '../storage/callStore.js'
import { MAX_WAKE_UP_DELAY_MS, MAX_WAKE_UP_EARLY_MS, type Queues, type WakeUpMessage } from '../storage/queues.js'
import type { DeliveryRecord, FinishedNotification, NotificationRecord } from '../storage/records.js'
import type { Row } from '../storage/tables.js'
import {
  type AttemptContext,
  type AttemptDependencies,
  type AttemptOutcome,
  attemptDelivery,
  contactedUrl,
} from './attempt.js'
import type { Bulkheads, Share } from './bulkheads.js'
import { attemptNumberOf, finishNext, joinAttempts, keepProgress, nextSequence } from './progress.js'
import type { Outcome } from './retryPolicy.js'

/** How many notifications one drain delivers before it frees the worker for other calls. */
const MAX_PER_DRAIN = 20
/** How long one drain delivers: half of the functionTimeout of host.json, so that slow callbacks fit into the rest. */
export const MAX_DRAIN_MS = 60_000
/** How many leases may end without an outcome: more mean that the call crashes its host, so it is dead-lettered. */
const MAX_UNRESOLVED_ATTEMPTS = 20
export interface DrainDependencies extends AttemptDependencies {
  readonly calls: CallStore
  readonly queues: Queues
  readonly bulkheads: Bulkheads
  readonly newId: () => string
  readonly settings: AttemptDependencies['settings'] & {
    readonly CALLS_PER_APPLICATION: number
    readonly CALLS_PER_CALLBACK_HOST: number
    readonly LEASE_MS: number
    readonly CLOCK_SKEW_MS: number
  }
}

/** What every step of one drain works with. */
interface DrainContext extends AttemptContext {
  readonly deps: DrainDependencies
}

/** A lease that this drain holds: the record as last written, and the ETag that proves it. */
interface Lease {
  readonly delivery: DeliveryRecord
  readonly etag: string
}

/** How a delivery ended: nothing left, more left for another drain, or stopped by a failure or a lost lease. */
interface DeliveryEnd {
  readonly end: 'drained' | 'more' | 'stopped'
  /** The sequence number of the notification that follows. */
  readonly next: number
}
const STOPPED: DeliveryEnd = { end: 'stopped', next: 0 }

/**
 * Delivers the pending notifications of one call, in order and one at a time. Only the holder of the lease moves the
 * cursor, and never before the callback has acknowledged or the notification is recorded as dead-lettered.
 */
export async function drain(deps: DrainDependencies, { callId, epoch }: WakeUpMessage, log: Log): Promise<void> {
  const context: DrainContext = { deps, callId, log }
  for (;;) {
    const row = await deps.calls.readDelivery(callId)
    if (!row || !(await isDeliverable(deps, row.value, epoch))) return
    const next = await deps.calls.readNotification(callId, nextSequence(row.value))
    if (!next) return
    const delivered = await deps.bulkheads.run(sharesOf(deps, next, row.value), callId, () =>
      startDelivery(context, row, next),
    )
    // The bulkhead is full: no lease was taken, so this does not count as an attempt.
    if (!delivered) return
    const { end, next: following } = delivered
    if (end === 'more') await deps.queues.send('notifications', { callId }, 0)
    if (end !== 'drained') return
    // The wake-up of a commit made during the lease had no effect, because the lease was taken: look once more.
    if (!(await deps.calls.readNotification(callId, following))) return
  }
}

/** One host has many ports and one application many hosts, so both are bounded. */
function sharesOf(deps: DrainDependencies, notification: NotificationRecord, delivery: DeliveryRecord): Share[] {
  const { CALLS_PER_APPLICATION, CALLS_PER_CALLBACK_HOST } = deps.settings
  return [
    { name: `application ${notification.applicationId}`, maxCalls: CALLS_PER_APPLICATION },
    { name: `host ${contactedUrl(deps, notification, delivery).hostname}`, maxCalls: CALLS_PER_CALLBACK_HOST },
  ]
}

/** Returns whether a delivery may start now; waits for one that is due within MAX_WAKE_UP_EARLY_MS. */
async function isDeliverable(
  { clock, settings }: DrainDependencies,
  delivery: DeliveryRecord,
  epoch: number | undefined,
): Promise<boolean> {
  const now = clock.now()
  const { deadLettered, owner, leaseUntil = 0, nextAttemptAt = 0 } = delivery
  if (deadLettered) return false
  if (owner && leaseUntil + settings.CLOCK_SKEW_MS > now) return false
  if (nextAttemptAt <= now) return true
  // This wake-up belongs to an earlier retry delay. The current delay has its own wake-up.
  if (epoch !== delivery.epoch) return false
  await clock.sleep(Math.min(nextAttemptAt - now, MAX_WAKE_UP_EARLY_MS))
  return true
}

/** Takes the lease and delivers. A call that keeps crashing its host is dead-lettered instead. */
async function startDelivery(
  context: DrainContext,
  row: Row<DeliveryRecord>,
  notification: NotificationRecord,
): Promise<DeliveryEnd> {
  const { value: delivery, etag } = row
  if (delivery.unresolvedAttempts < MAX_UNRESOLVED_ATTEMPTS) {
    const lease = await takeLease(context, row)
    return lease ? deliver(context, lease, notification) : STOPPED
  }
  await deadLetterRest(
    context,
    { delivery, etag },
    `${delivery.unresolvedAttempts} deliveries started and none finished`,
  )
  return STOPPED
}

/** Returns undefined when another host took the lease first. */
async function takeLease(
  context: DrainContext,
  { value: delivery, etag }: Row<DeliveryRecord>,
): Promise<Lease | undefined> {
  const { failedAttempts, unresolvedAttempts, attempts } = delivery
  return writeDelivery(context, etag, {
    ...keepProgress(delivery),
    epoch: delivery.epoch + 1,
    failedAttempts,
    unresolvedAttempts: unresolvedAttempts + 1,
    attempts,
    ...newLease(context.deps),
  })
}

const newLease = ({ newId, clock, settings }: DrainDependencies) => ({
  owner: newId(),
  leaseUntil: clock.now() + settings.LEASE_MS,
})

/** Returns undefined when the lease was lost: another host has written the row. */
async function writeDelivery(
  { deps, callId }: DrainContext,
  etag: string,
  delivery: DeliveryRecord,
  finished?: FinishedNotification,
): Promise<Lease | undefined> {
  const written = await deps.calls.writeDelivery(callId, delivery, etag, finished)
  return written === undefined ? undefined : { delivery, etag: written }
}

/** Delivers one notification after the other while none has to be retried and the limits of one drain allow it. */
async function deliver(context: DrainContext, first: Lease, notification: NotificationRecord): Promise<DeliveryEnd> {
  const { deps, callId } = context
  const startedAt = deps.clock.now()
  let lease: Lease | undefined = first
  let current: NotificationRecord | undefined = notification
  for (let count = 1; lease && current; count++) {
    const { delivery, etag }: Lease = lease
    // The next notification is read during the POST. A failed read must not lose the acknowledgment: `drain` reads the
    // notification again after the lease.
    const [{ outcome, attempt, redirectedTo = delivery.redirectedTo }, following]: [
      AttemptOutcome,
      NotificationRecord | undefined,
    ] = await Promise.all([
      attemptDelivery(context, current, delivery),
      deps.calls.readNotification(callId, nextSequence(finishNext(delivery))).catch(() => undefined),
    ])
    const attempts = joinAttempts(delivery.attempts, [attempt])
    const attempted = { delivery: { ...delivery, attempts, redirectedTo }, etag }
    if (outcome.type !== 'acknowledged' && outcome.type !== 'skipped') {
      await stopDelivery(context, attempted, outcome)
      break
    }
    const isWithinLimits = count < MAX_PER_DRAIN && deps.clock.now() - startedAt < MAX_DRAIN_MS
    const continues = following !== undefined && isWithinLimits
    lease = await finishNotification(context, attempted, outcome, continues)
    if (lease && !continues) return { end: following ? 'more' : 'drained', next: nextSequence(lease.delivery) }
    current = following
  }
  return STOPPED
}

/**
 * Moves on to the next notification, in one transaction with what is stored about this one.
 *
 * @param continues whether the lease is kept, and the attempt at the next notification starts
 */
async function finishNotification(
  context: DrainContext,
  { delivery, etag }: Lease,
  outcome: Extract<Outcome, { type: 'acknowledged' | 'skipped' }>,
  continues: boolean,
): Promise<Lease | undefined> {
  const { deps, callId, log } = context
  const sequence = nextSequence(delivery)
  const deadLetter = outcome.type === 'skipped' ? { at: deps.clock.now(), reason: outcome.reason } : undefined
  // After a replay there may be earlier attempts. A read that fails must not lose the acknowledgment.
  const earlier =
    delivery.replayedAt === undefined ? [] : await deps.calls.readAttempts(callId, sequence).catch(() => [])
  const following = finishNext(delivery, deadLetter?.at)
  const next = continues ? { ...following, unresolvedAttempts: 1, ...newLease(deps) } : following
  const attempts = joinAttempts(earlier, delivery.attempts)
  const lease = await writeDelivery(context, etag, next, { sequence, attempts, deadLetter })
  if (lease && deadLetter) {
    telemetryInstruments().deadLetters.add(1)
    log(logLine('notification.deadLettered', { call: callId, sequence, reason: deadLetter.reason }), 'warning')
  }
  return lease
}

/** Stores the retry or the dead-lettering of the rest, and releases the lease. */
async function stopDelivery(
  context: DrainContext,
  lease: Lease,
  outcome: Exclude<Outcome, { type: 'acknowledged' | 'skipped' }>,
): Promise<void> {
  if (outcome.type === 'deadLettered') {
    await deadLetterRest(context, lease, outcome.reason)
    return
  }
  const { deps, callId } = context
  const { delivery, etag } = lease
  const waiting = await writeDelivery(context, etag, {
    ...keepProgress(delivery),
    failedAttempts: attemptNumberOf(delivery),
    // Only a lease that ends without an outcome is unresolved.
    unresolvedAttempts: 0,
    attempts: delivery.attempts,
    nextAttemptAt: deps.clock.now() + outcome.afterMs,
  })
  if (waiting && outcome.afterMs <= MAX_WAKE_UP_DELAY_MS) {
    await deps.queues.send('notifications', { callId, epoch: delivery.epoch }, outcome.afterMs)
  }
}

/** Dead-letters the next notification and all that follow. */
async function deadLetterRest(context: DrainContext, { delivery, etag }: Lease, reason: string): Promise<void> {
  const { deps, callId, log } = context
  const { failedAttempts, attempts } = delivery
  const deadLettered = { at: deps.clock.now(), reason }
  const progress = keepProgress(delivery)
  if (
    await writeDelivery(context, etag, { ...progress, failedAttempts, unresolvedAttempts: 0, attempts, deadLettered })
  ) {
    telemetryInstruments().deadLetters.add(1)
    log(logLine('notification.deadLettered', { call: callId, from: nextSequence(delivery), reason }), 'warning')
  }
}
