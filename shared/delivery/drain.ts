import { SpanKind } from '@opentelemetry/api'
import type { Clock } from '../platform/clock.js'
import { type Log, logLine } from '../platform/log.js'
import { inSpan, telemetryInstruments, traceparent } from '../platform/telemetry.js'
import type { CallStore } from '../storage/callStore.js'
import { MAX_WAKE_UP_DELAY_MS, MAX_WAKE_UP_EARLY_MS, type Queues, type WakeUpMessage } from '../storage/queues.js'
import type { Attempt, DeliveryRecord, NotificationRecord } from '../storage/records.js'
import type { Row } from '../storage/tables.js'
import type { Bulkheads, Share } from './bulkheads.js'
import type { CallbackUrlPolicy } from './callbackUrlPolicy.js'
import { type AttemptResult, decideOutcome, type Outcome } from './retryPolicy.js'
import type { Send } from './send.js'

/** How many notifications one drain delivers before it frees the worker for other calls. */
const MAX_PER_DRAIN = 20
/** How long one drain delivers: half of the functionTimeout of host.json, so that slow callbacks fit into the rest. */
const MAX_DRAIN_MS = 60_000
/** How many leases may end without an outcome: more mean that the call crashes its host, so it is dead-lettered. */
const MAX_UNRESOLVED_ATTEMPTS = 20
/** How many attempts at a notification are kept. */
const MAX_KEPT_ATTEMPTS = 20

export interface DrainDependencies {
  readonly calls: CallStore
  readonly queues: Queues
  readonly bulkheads: Bulkheads
  readonly notificationTokens: { issue(bot: { applicationId: string; tenantId: string }): Promise<string> }
  readonly callbackUrlPolicy: Pick<CallbackUrlPolicy, 'rewrite' | 'findHint'>
  readonly send: Send
  readonly clock: Clock
  readonly newId: () => string
  readonly random: () => number
  readonly settings: {
    readonly CALLS_PER_APPLICATION: number
    readonly CALLS_PER_CALLBACK_HOST: number
    readonly LEASE_MS: number
    readonly CLOCK_SKEW_MS: number
    readonly NOTIFICATION_TIMEOUT_MS: number
    readonly NOTIFICATION_MAX_AGE_MS: number
    readonly RETRY_SCHEDULE_SECONDS: readonly number[]
    readonly RETRY_JITTER: number
    readonly MAX_RETRY_AFTER_MS: number
  }
}

/** What every step of one drain works with. */
interface DrainContext {
  readonly deps: DrainDependencies
  readonly callId: string
  readonly log: Log
}

/** A lease that this drain holds: the record as last written, and the ETag that proves it. */
interface Lease {
  readonly delivery: DeliveryRecord
  readonly etag: string
}

/** An attempt and what follows from it. */
interface AttemptOutcome {
  readonly outcome: Outcome
  readonly attempt: Attempt
}

/** How a delivery ended: nothing left, more left for another drain, or stopped by a failure or a lost lease. */
interface DeliveryEnd {
  readonly end: 'drained' | 'more' | 'stopped'
  /** The last acknowledged notification. */
  readonly cursor: number
}
const STOPPED: DeliveryEnd = { end: 'stopped', cursor: 0 }

/**
 * Delivers the pending notifications of one call, in order and one at a time. Only the holder of the lease moves the
 * cursor, and never before the callback has acknowledged.
 */
export async function drain(deps: DrainDependencies, { callId, epoch }: WakeUpMessage, log: Log): Promise<void> {
  const context: DrainContext = { deps, callId, log }
  for (;;) {
    const row = await deps.calls.readDelivery(callId)
    if (!row || !(await isDeliverable(deps, row.value, epoch))) return
    const next = await deps.calls.readNotification(callId, row.value.cursor + 1)
    if (!next) return
    const delivered = await deps.bulkheads.run(sharesOf(deps, next), callId, async () => {
      const lease = await takeLease(context, row)
      return lease ? deliver(context, lease, next) : STOPPED
    })
    // The bulkhead is full: no lease was taken, so this does not count as an attempt.
    if (!delivered) return
    const { end, cursor } = delivered
    if (end === 'more') await deps.queues.send('notifications', { callId }, 0)
    if (end !== 'drained') return
    // The wake-up of a commit made during the lease had no effect, because the lease was taken: look once more.
    if (!(await deps.calls.readNotification(callId, cursor + 1))) return
  }
}

/** One host has many ports and one application many hosts, so both are bounded. */
function sharesOf({ settings }: DrainDependencies, { applicationId, callbackUri }: NotificationRecord): Share[] {
  return [
    { name: `application ${applicationId}`, maxCalls: settings.CALLS_PER_APPLICATION },
    { name: `host ${new URL(callbackUri).hostname}`, maxCalls: settings.CALLS_PER_CALLBACK_HOST },
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

/** Returns undefined when another host took the lease first, or when the call is dead-lettered instead. */
async function takeLease(
  context: DrainContext,
  { value: delivery, etag }: Row<DeliveryRecord>,
): Promise<Lease | undefined> {
  const { cursor, epoch, failedAttempts, unresolvedAttempts, attempts, replayedAt } = delivery
  if (unresolvedAttempts >= MAX_UNRESOLVED_ATTEMPTS) {
    await deadLetter(context, { delivery, etag }, `${unresolvedAttempts} deliveries started and none finished`)
    return undefined
  }
  const leased = { cursor, epoch: epoch + 1, failedAttempts, unresolvedAttempts: unresolvedAttempts + 1 }
  return writeDelivery(context, etag, { ...leased, attempts, replayedAt, ...newLease(context.deps) })
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
  finishedAttempts?: readonly Attempt[],
): Promise<Lease | undefined> {
  const written = await deps.calls.writeDelivery(callId, delivery, etag, finishedAttempts)
  return written === undefined ? undefined : { delivery, etag: written }
}

/** Delivers one notification after the other while the callback acknowledges and the limits of one drain allow it. */
async function deliver(context: DrainContext, first: Lease, notification: NotificationRecord): Promise<DeliveryEnd> {
  const { deps, callId } = context
  const startedAt = deps.clock.now()
  let lease: Lease | undefined = first
  let current: NotificationRecord | undefined = notification
  for (let count = 1; lease && current; count++) {
    // The next notification is read during the POST. A failed read must not lose the acknowledgment: `drain` reads the
    // notification again after the lease.
    const [{ outcome, attempt }, following]: [AttemptOutcome, NotificationRecord | undefined] = await Promise.all([
      attemptDelivery(context, current, lease.delivery),
      deps.calls.readNotification(callId, current.sequence + 1).catch(() => undefined),
    ])
    const attempts = [...(lease.delivery.attempts ?? []), attempt].slice(-MAX_KEPT_ATTEMPTS)
    if (outcome.type !== 'acknowledged') {
      await stopDelivery(context, { ...lease, delivery: { ...lease.delivery, attempts } }, outcome)
      break
    }
    const { epoch, replayedAt }: DeliveryRecord = lease.delivery
    const acknowledged = { cursor: current.sequence, epoch, failedAttempts: 0, unresolvedAttempts: 0, replayedAt }
    const isWithinLimits = count < MAX_PER_DRAIN && deps.clock.now() - startedAt < MAX_DRAIN_MS
    const continues = following !== undefined && isWithinLimits
    const next = continues ? { ...acknowledged, unresolvedAttempts: 1, ...newLease(deps) } : acknowledged
    lease = await writeDelivery(context, lease.etag, next, attempts)
    if (lease && !continues) return { end: following ? 'more' : 'drained', cursor: acknowledged.cursor }
    current = following
  }
  return STOPPED
}

/** An attempt whose host died counts too: the callback may have received it. */
const attemptNumberOf = ({ failedAttempts, unresolvedAttempts }: DeliveryRecord) => failedAttempts + unresolvedAttempts

async function attemptDelivery(
  context: DrainContext,
  notification: NotificationRecord,
  delivery: DeliveryRecord,
): Promise<AttemptOutcome> {
  const { deps, callId, log } = context
  const { settings, clock } = deps
  const number = attemptNumberOf(delivery)
  const startedAt = clock.now()
  const { host } = new URL(deps.callbackUrlPolicy.rewrite(notification.callbackUri))
  const post = () => postNotification(deps, notification, number)
  const [result] = await Promise.all([
    inSpan(`POST ${host}`, notification.traceparent, post, SpanKind.CLIENT),
    logHint(context, notification),
  ])
  const now = clock.now()
  const ageMs = now - Math.max(notification.createdAt, delivery.replayedAt ?? 0)
  const outcome = decideOutcome(
    result,
    { attempt: number, ageMs, random: deps.random() },
    {
      scheduleSeconds: settings.RETRY_SCHEDULE_SECONDS,
      jitter: settings.RETRY_JITTER,
      maxRetryAfterMs: settings.MAX_RETRY_AFTER_MS,
      maxAgeMs: settings.NOTIFICATION_MAX_AGE_MS,
    },
  )
  log(
    logLine('notification.attempted', {
      call: callId,
      sequence: notification.sequence,
      attempt: number,
      host,
      status: result.status,
      error: result.error,
      ms: now - startedAt,
      outcome: outcome.type,
      nextInMs: outcome.type === 'retry' ? outcome.afterMs : undefined,
    }),
  )
  telemetryInstruments().attempts.add(1, { outcome: outcome.type })
  const nextAttemptAt = outcome.type === 'retry' ? now + outcome.afterMs : undefined
  const { status, error } = result
  return { outcome, attempt: { at: startedAt, durationMs: now - startedAt, status, error, nextAttemptAt } }
}

async function logHint({ deps, log }: DrainContext, { callbackUri }: NotificationRecord): Promise<void> {
  const hint = await deps.callbackUrlPolicy.findHint(callbackUri)
  if (hint) log(hint, 'warning')
}

/** A token that cannot be issued makes the attempt fail like any other error, so it is retried. */
async function postNotification(
  { settings, send, notificationTokens }: DrainDependencies,
  notification: NotificationRecord,
  attempt: number,
): Promise<AttemptResult> {
  try {
    return await send(notification, {
      attempt,
      token: await notificationTokens.issue(notification),
      timeoutMs: settings.NOTIFICATION_TIMEOUT_MS,
      traceparent: traceparent(),
    })
  } catch (error) {
    return { error: String(error) }
  }
}

/** Stores the retry or the dead-lettering, and releases the lease. */
async function stopDelivery(
  context: DrainContext,
  lease: Lease,
  outcome: Exclude<Outcome, { type: 'acknowledged' }>,
): Promise<void> {
  if (outcome.type === 'deadLettered') {
    await deadLetter(context, lease, outcome.reason)
    return
  }
  const { deps, callId } = context
  const { cursor, epoch, attempts, replayedAt } = lease.delivery
  const waiting = await writeDelivery(context, lease.etag, {
    cursor,
    epoch,
    failedAttempts: attemptNumberOf(lease.delivery),
    // Only a lease that ends without an outcome is unresolved.
    unresolvedAttempts: 0,
    attempts,
    replayedAt,
    nextAttemptAt: deps.clock.now() + outcome.afterMs,
  })
  if (waiting && outcome.afterMs <= MAX_WAKE_UP_DELAY_MS) {
    await deps.queues.send('notifications', { callId, epoch }, outcome.afterMs)
  }
}

async function deadLetter(context: DrainContext, { delivery, etag }: Lease, reason: string): Promise<void> {
  const { deps, callId, log } = context
  const { cursor, epoch, failedAttempts, attempts } = delivery
  const deadLettered = { at: deps.clock.now(), reason }
  const record = { cursor, epoch, failedAttempts, unresolvedAttempts: 0, attempts, deadLettered }
  if (await writeDelivery(context, etag, record)) {
    telemetryInstruments().deadLetters.add(1)
    log(logLine('notification.deadLettered', { call: callId, from: cursor + 1, reason }))
  }
}
