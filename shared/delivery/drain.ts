import { SpanKind } from '@opentelemetry/api'
import type { Clock } from '../platform/clock.js'
import { type Log, logLine } from '../platform/log.js'
import { inSpan, telemetryInstruments, traceparent } from '../platform/telemetry.js'
import type { Bot } from '../storage/botStore.js'
import type { CallStore } from '../storage/callStore.js'
import { MAX_WAKE_UP_DELAY_MS, MAX_WAKE_UP_EARLY_MS, type Queues, type WakeUpMessage } from '../storage/queues.js'
import type { Attempt, DeliveryRecord, NotificationRecord, PassedNotification } from '../storage/records.js'
import type { Row } from '../storage/tables.js'
import { reportAttempt } from './attemptReport.js'
import type { Bulkheads, Share } from './bulkheads.js'
import type { CallbackUrlPolicy } from './callbackUrlPolicy.js'
import { joinAttempts, keepProgress, nextSequence, passNext } from './progress.js'
import { type AttemptResult, decideOutcome, isAcknowledged, type Outcome, type RetryPolicy } from './retryPolicy.js'
import type { Send } from './send.js'

/** How many notifications one drain delivers before it frees the worker for other calls. */
const MAX_PER_DRAIN = 20
/** How long one drain delivers: half of the functionTimeout of host.json, so that slow callbacks fit into the rest. */
export const MAX_DRAIN_MS = 60_000
/** How many leases may end without an outcome: more mean that the call crashes its host, so it is dead-lettered. */
const MAX_UNRESOLVED_ATTEMPTS = 20
/**
 * How many notifications of a call are skipped before the rest is dead-lettered: their numbers are in the row
 * `delivery`, which every attempt rewrites. A callback that misses so many is not there.
 */
const MAX_SKIPPED = 1_000

/** What a registered bot chooses instead of the settings. */
type BotDeliveryPolicy = Pick<Bot, 'maxAttempts' | 'onDeadLetter'>

export interface DrainDependencies {
  readonly calls: CallStore
  readonly queues: Queues
  readonly bots: { read(applicationId: string): Promise<BotDeliveryPolicy | undefined> }
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
    readonly NOTIFICATION_MAX_ATTEMPTS: number
    readonly ON_DEAD_LETTER: RetryPolicy['onDeadLetter']
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
  /** Where the acknowledged notification was redirected, if it was. */
  readonly redirectedTo: string | undefined
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

/** The target of an earlier redirect that the notification goes to, if there is one. */
const redirectOf = ({ usesRedirect }: NotificationRecord, { redirectedTo }: DeliveryRecord): string | undefined =>
  usesRedirect ? redirectedTo : undefined

const contactedUrl = (
  { callbackUrlPolicy }: DrainDependencies,
  notification: NotificationRecord,
  delivery: DeliveryRecord,
): URL => new URL(callbackUrlPolicy.rewrite(redirectOf(notification, delivery) ?? notification.callbackUri))

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
  passed?: PassedNotification,
): Promise<Lease | undefined> {
  const written = await deps.calls.writeDelivery(callId, delivery, etag, passed)
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
      deps.calls.readNotification(callId, nextSequence(passNext(delivery))).catch(() => undefined),
    ])
    const attempts = joinAttempts(delivery.attempts, [attempt])
    const attempted = { delivery: { ...delivery, attempts, redirectedTo }, etag }
    if (outcome.type !== 'acknowledged' && outcome.type !== 'skipped') {
      await stopDelivery(context, attempted, outcome)
      break
    }
    const isWithinLimits = count < MAX_PER_DRAIN && deps.clock.now() - startedAt < MAX_DRAIN_MS
    const continues = following !== undefined && isWithinLimits
    lease = await writePassed(context, attempted, outcome, continues)
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
async function writePassed(
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
  const passed = passNext(delivery, deadLetter?.at)
  const next = continues ? { ...passed, unresolvedAttempts: 1, ...newLease(deps) } : passed
  const attempts = joinAttempts(earlier, delivery.attempts)
  const lease = await writeDelivery(context, etag, next, { sequence, attempts, deadLetter })
  if (lease && deadLetter) {
    telemetryInstruments().deadLetters.add(1)
    log(logLine('notification.deadLettered', { call: callId, sequence, reason: deadLetter.reason }), 'warning')
  }
  return lease
}

/** An attempt whose host died counts too: the callback may have received it. */
const attemptNumberOf = ({ failedAttempts, unresolvedAttempts }: DeliveryRecord) => failedAttempts + unresolvedAttempts

async function attemptDelivery(
  context: DrainContext,
  notification: NotificationRecord,
  delivery: DeliveryRecord,
): Promise<AttemptOutcome> {
  const { deps, callId, log } = context
  const { clock } = deps
  const number = attemptNumberOf(delivery)
  const startedAt = clock.now()
  const { host } = contactedUrl(deps, notification, delivery)
  const post = async () => {
    const result = await postNotification(deps, notification, number, redirectOf(notification, delivery))
    return { result, now: clock.now() }
  }
  const [{ result, now }] = await Promise.all([
    inSpan(`POST ${host}`, notification.traceparent, post, SpanKind.CLIENT),
    logHint(context, notification),
  ])
  const ageMs = now - Math.max(notification.createdAt, delivery.replayedAt ?? 0)
  const policy = await readRetryPolicy(deps, isAcknowledged(result) ? undefined : notification.applicationId, delivery)
  const outcome = decideOutcome(result, { attempt: number, ageMs, random: deps.random() }, policy)
  const durationMs = now - startedAt
  const lastFailed = delivery.failedAttempts
  reportAttempt(log, { callId, notification, number, lastFailed, host, durationMs, result, outcome }, policy)
  telemetryInstruments().attempts.add(1, { outcome: outcome.type })
  const nextAttemptAt = outcome.type === 'retry' ? now + outcome.afterMs : undefined
  const { status, error } = result
  const redirectedTo = outcome.type === 'acknowledged' ? result.redirectedTo : undefined
  return { outcome, redirectedTo, attempt: { at: startedAt, durationMs, status, error, nextAttemptAt } }
}

/**
 * The retry policy of a bot, or that of the settings where it has none. It is read after a failure, so that a change is
 * valid for the calls that are waiting.
 */
async function readRetryPolicy(
  { bots, settings }: DrainDependencies,
  applicationId: string | undefined,
  { skipped = [] }: DeliveryRecord,
): Promise<RetryPolicy> {
  const bot = applicationId === undefined ? undefined : await bots.read(applicationId)
  return {
    scheduleSeconds: settings.RETRY_SCHEDULE_SECONDS,
    jitter: settings.RETRY_JITTER,
    maxRetryAfterMs: settings.MAX_RETRY_AFTER_MS,
    maxAgeMs: settings.NOTIFICATION_MAX_AGE_MS,
    maxAttempts: bot?.maxAttempts ?? settings.NOTIFICATION_MAX_ATTEMPTS,
    onDeadLetter: skipped.length < MAX_SKIPPED ? (bot?.onDeadLetter ?? settings.ON_DEAD_LETTER) : 'pause',
  }
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
  redirectedTo: string | undefined,
): Promise<AttemptResult> {
  try {
    return await send(notification, {
      attempt,
      token: await notificationTokens.issue(notification),
      timeoutMs: settings.NOTIFICATION_TIMEOUT_MS,
      redirectedTo,
      traceparent: traceparent(),
    })
  } catch (error) {
    return { error: String(error) }
  }
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
