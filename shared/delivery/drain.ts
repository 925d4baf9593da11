import { type Log, logLine } from '../platform/log.js'
import { telemetryInstruments } from '../platform/telemetry.js'
import type { CallStore } from '../storage/callStore.js'
import { MAX_WAKE_UP_DELAY_MS, MAX_WAKE_UP_EARLY_MS, type Queues, type WakeUpMessage } from '../storage/queues.js'
import type { DeliveryHistory, DeliveryRecord, NotificationRecord } from '../storage/records.js'
import {
  type AttemptContext,
  type AttemptDependencies,
  type AttemptOutcome,
  attemptDelivery,
  contactedUrl,
} from './attempt.js'
import type { Bulkheads, Share } from './bulkheads.js'
import { afterNext, type Pending, readPending } from './pending.js'
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
  readonly startedAt: number
  /** How many notifications were acknowledged or skipped so far. */
  finished: number
}

/** The row `delivery` as last read or written. A drain that has written itself as the owner holds the lease. */
interface StoredDelivery {
  readonly delivery: DeliveryRecord
  readonly etag: string
}

/**
 * Delivers the pending notifications of one call, in order and one at a time. Only the holder of the lease moves the
 * cursor, and never before the callback has acknowledged or the notification is recorded as dead-lettered.
 */
export async function drain(deps: DrainDependencies, { callId, epoch }: WakeUpMessage, log: Log): Promise<void> {
  const context: DrainContext = { deps, callId, log, startedAt: deps.clock.now(), finished: 0 }
  const row = await deps.calls.readDelivery(callId)
  if (!row || !(await isDeliverable(deps, row.value, epoch))) return
  let stored: StoredDelivery | undefined = { delivery: row.value, etag: row.etag }
  while (stored) {
    const current: StoredDelivery = stored
    const pending = await readPending(deps.calls, callId, current.delivery)
    if (!pending) return
    if (!isWithinLimits(context)) return deps.queues.send('notifications', { callId }, 0)
    // Undefined when the bulkhead is full: then no lease was taken, so this does not count as an attempt. After a
    // lease, the loop looks once more: the wake-up of a commit made during the lease had no effect.
    stored = await deps.bulkheads.run(sharesOf(deps, pending.next, current.delivery), callId, () =>
      startDelivery(context, current, pending),
    )
  }
}

const isWithinLimits = ({ deps, startedAt, finished }: DrainContext): boolean =>
  finished < MAX_PER_DRAIN && deps.clock.now() - startedAt < MAX_DRAIN_MS

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

/**
 * Takes the lease and delivers. A call that keeps crashing its host is dead-lettered instead.
 *
 * @returns the delivery after the lease was released, when notifications may be left for this drain; undefined when a
 * failure, a dead-lettering of the rest or a lost lease has stopped it
 */
async function startDelivery(
  context: DrainContext,
  stored: StoredDelivery,
  pending: Pending,
): Promise<StoredDelivery | undefined> {
  const { unresolvedAttempts } = stored.delivery
  if (unresolvedAttempts < MAX_UNRESOLVED_ATTEMPTS) {
    const lease = await takeLease(context, stored)
    return lease && deliver(context, lease, pending)
  }
  await deadLetterRest(context, stored, `${unresolvedAttempts} deliveries started and none finished`)
  return undefined
}

/** Returns undefined when another host took the lease first. */
async function takeLease(
  context: DrainContext,
  { delivery, etag }: StoredDelivery,
): Promise<StoredDelivery | undefined> {
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
  history?: DeliveryHistory,
): Promise<StoredDelivery | undefined> {
  const written = await deps.calls.writeDelivery(callId, delivery, etag, history)
  return written === undefined ? undefined : { delivery, etag: written }
}

/** Delivers one notification after the other while none has to be retried and the limits of one drain allow it. */
async function deliver(
  context: DrainContext,
  first: StoredDelivery,
  found: Pending,
): Promise<StoredDelivery | undefined> {
  const { deps, callId } = context
  // A drain usually finds the notifications of one commit, so the read of a further row would be in vain. Once it has
  // found those of a second commit, more are likely.
  const readsAhead = context.finished > 0
  let lease: StoredDelivery | undefined = first
  let pending: Pending | undefined = found
  while (lease && pending) {
    const { delivery, etag }: StoredDelivery = lease
    const current: Pending = pending
    const readAhead = () => readPending(deps.calls, callId, finishNext(delivery, undefined)).catch(() => undefined)
    // The next row is read during the POST. A failed read must not lose the acknowledgment: `drain` reads the row again
    // after the lease.
    const [{ outcome, attempt, redirectedTo = delivery.redirectedTo }, following]: [
      AttemptOutcome,
      Pending | undefined,
    ] = await Promise.all([
      attemptDelivery(context, current.next, delivery),
      afterNext(current) ?? (readsAhead ? readAhead() : undefined),
    ])
    const attempts = joinAttempts(delivery.attempts, [attempt])
    const attempted = { delivery: { ...delivery, attempts, redirectedTo }, etag, pending: current }
    if (outcome.type !== 'acknowledged' && outcome.type !== 'skipped') {
      await stopDelivery(context, attempted, outcome)
      return undefined
    }
    context.finished += 1
    pending = isWithinLimits(context) ? following : undefined
    lease = await finishNotification(context, attempted, outcome, pending !== undefined)
  }
  return lease
}

/**
 * Moves on to the next notification, in one transaction with what is stored about this one.
 *
 * @param continues whether the lease is kept, and the attempt at the next notification starts
 */
async function finishNotification(
  context: DrainContext,
  { delivery, etag, pending }: StoredDelivery & { readonly pending: Pending },
  outcome: Extract<Outcome, { type: 'acknowledged' | 'skipped' }>,
  continues: boolean,
): Promise<StoredDelivery | undefined> {
  const { deps, callId, log } = context
  const sequence = nextSequence(delivery)
  const { outboxRow, rest } = pending
  const deadLetter =
    outcome.type === 'skipped' ? { at: deps.clock.now(), reason: outcome.reason, outboxRow } : undefined
  const isRowFinished = rest.length === 0
  const following = finishNext(delivery, isRowFinished ? undefined : outboxRow, deadLetter?.at)
  const next = continues ? { ...following, unresolvedAttempts: 1, ...newLease(deps) } : following
  const written = await writeDelivery(context, etag, next, {
    attempts: isRowFinished ? await completeAttempts(context, delivery, outboxRow) : undefined,
    skipped: deadLetter && { sequence, deadLetter },
  })
  if (written && deadLetter) {
    telemetryInstruments().deadLetters.add(1)
    log(logLine('notification.deadLettered', { call: callId, sequence, reason: deadLetter.reason }), 'warning')
    deps.eventLog?.add({ type: 'deadLetter', sequence, reason: deadLetter.reason }, { callId })
  }
  return written
}

/** The attempts at the notifications of an outbox row, with those before a replay. */
async function completeAttempts(
  { deps, callId }: DrainContext,
  { attempts, replayedAt }: DeliveryRecord,
  outboxRow: number,
): Promise<DeliveryHistory['attempts']> {
  // A read that fails must not lose the acknowledgment.
  const earlier = replayedAt === undefined ? [] : await deps.calls.readAttempts(callId, outboxRow).catch(() => [])
  return { outboxRow, attempts: joinAttempts(earlier, attempts) }
}

/** Stores the retry or the dead-lettering of the rest, and releases the lease. */
async function stopDelivery(
  context: DrainContext,
  lease: StoredDelivery,
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
async function deadLetterRest(
  context: DrainContext,
  { delivery, etag }: StoredDelivery,
  reason: string,
): Promise<void> {
  const { deps, callId, log } = context
  const { failedAttempts, attempts } = delivery
  const deadLettered = { at: deps.clock.now(), reason }
  const progress = keepProgress(delivery)
  if (
    await writeDelivery(context, etag, { ...progress, failedAttempts, unresolvedAttempts: 0, attempts, deadLettered })
  ) {
    telemetryInstruments().deadLetters.add(1)
    const sequence = nextSequence(delivery)
    log(logLine('notification.deadLettered', { call: callId, from: sequence, reason }), 'warning')
    deps.eventLog?.add({ type: 'deadLetter', sequence, reason, isRest: true }, { callId })
  }
}
