import { SpanKind } from '@opentelemetry/api'
import { type Log, logLine } from '../log.js'
import type { Service } from '../service.js'
import type { Attempt, DeliveryRecord, NotificationRecord } from '../storage/callStore.js'
import { MAX_HINT_DELAY_MS, MAX_HINT_EARLY_MS, type WakeMessage } from '../storage/queues.js'
import type { Row } from '../storage/tables.js'
import { inSpan, measured, traceparent } from '../telemetry.js'
import { type AttemptResult, type Outcome, outcomeOf } from './schedule.js'

/** After so many notifications a call lets others have the worker. */
const MAX_PER_DRAIN = 20
/** And after so long, since slow callbacks must not bring it past the functionTimeout of host.json, which is twice that. */
const MAX_DRAIN_MS = 60_000
/** Leases that ended without any outcome. More than this, and the call crashes its host: it is parked. */
const MAX_STARTS = 20

/** How many attempts at a notification are kept. */
const MAX_KEPT_ATTEMPTS = 20

/** What was tried, for whoever asks later. */
interface Attempted {
  readonly outcome: Outcome
  readonly made: Attempt
}

/** How a delivery came to its end, and the last notification that it is done with when everything is delivered. */
interface Delivered {
  readonly end: 'drained' | 'more' | 'stopped'
  readonly cursor: number
}
const STOPPED: Delivered = { end: 'stopped', cursor: 0 }

/** A lease that we hold: the record as last written, and the etag that proves it. */
interface Lease {
  readonly delivery: DeliveryRecord
  readonly etag: string
}

/**
 * Delivers what is owed to the callback of one call, in order, one at a time. Only who holds the lease moves the cursor,
 * and it never moves before the callback has acknowledged.
 */
export async function drain(service: Service, { callId, epoch }: WakeMessage, log: Log): Promise<void> {
  for (;;) {
    const row = await service.calls.readDelivery(callId)
    if (!row || !(await isFree(service, row.value, epoch))) return
    const next = await service.calls.readNotification(callId, row.value.cursor + 1)
    if (!next) return
    const { host } = new URL(next.callbackUri)
    const delivered = await service.bulkheads.run(host, callId, async () => {
      const lease = await takeLease(service, callId, row, log)
      return lease ? deliver(service, callId, lease, next, log) : STOPPED
    })
    // Over the bound: nothing was begun, so nothing counts.
    if (!delivered) return
    const { end, cursor } = delivered
    if (end === 'more') await service.queues.send('notifications', { callId }, 0)
    if (end !== 'drained') return
    // Given back: what was committed since found us still at it and was not delivered, so look once more.
    if (!(await service.calls.readNotification(callId, cursor + 1))) return
  }
}

async function isFree(service: Service, delivery: DeliveryRecord, epoch: number | undefined): Promise<boolean> {
  const now = service.clock.now()
  const { parked, owner, leaseUntil = 0, nextAttemptAt = 0 } = delivery
  if (parked) return false
  if (owner && leaseUntil + service.settings.CLOCK_SKEW_MS > now) return false
  if (nextAttemptAt <= now) return true
  if (epoch !== delivery.epoch) return false
  await service.clock.sleep(Math.min(nextAttemptAt - now, MAX_HINT_EARLY_MS))
  return true
}

async function takeLease(
  service: Service,
  callId: string,
  { value, etag }: Row<DeliveryRecord>,
  log: Log,
): Promise<Lease | undefined> {
  const { cursor, epoch, attempt, starts, attempts, replayedAt } = value
  if (starts >= MAX_STARTS) {
    await park(service, callId, { delivery: value, etag }, `its delivery was begun ${starts} times without an end`, log)
    return undefined
  }
  const leased = { cursor, epoch: epoch + 1, attempt, starts: starts + 1, attempts, replayedAt, ...newLease(service) }
  return write(service, callId, { delivery: value, etag }, leased)
}

const newLease = (service: Service) => ({
  owner: service.newId(),
  leaseUntil: service.clock.now() + service.settings.LEASE_MS,
})

/** Undefined when the lease is no longer ours. */
async function write(
  service: Service,
  callId: string,
  { etag }: Lease,
  delivery: DeliveryRecord,
  done?: readonly Attempt[],
): Promise<Lease | undefined> {
  const written = await service.calls.writeDelivery(callId, delivery, etag, done)
  return written === undefined ? undefined : { delivery, etag: written }
}

async function deliver(
  service: Service,
  callId: string,
  first: Lease,
  notification: NotificationRecord,
  log: Log,
): Promise<Delivered> {
  const begun = service.clock.now()
  let lease: Lease | undefined = first
  let current: NotificationRecord | undefined = notification
  for (let count = 1; lease && current; count++) {
    // An attempt that ended without an outcome was one too: the callback may have got it.
    const attempt: number = lease.delivery.attempt + lease.delivery.starts
    const { replayedAt, attempts: before = [] }: DeliveryRecord = lease.delivery
    const [{ outcome, made }, following]: [Attempted, NotificationRecord | undefined] = await Promise.all([
      attemptOnce(service, callId, current, { attempt, replayedAt }, log),
      // One that could not be read is as none: the look after giving back finds it, and the acknowledgement is not lost.
      service.calls.readNotification(callId, current.sequence + 1).catch(() => undefined),
    ])
    const attempts = [...before, made].slice(-MAX_KEPT_ATTEMPTS)
    if (outcome.type !== 'acknowledged') {
      const left = { ...lease, delivery: { ...lease.delivery, attempts } }
      await stop(service, callId, left, attempt, outcome, log)
      break
    }
    const done = { cursor: current.sequence, epoch: lease.delivery.epoch, attempt: 0, starts: 0, replayedAt }
    const mayGoOn = count < MAX_PER_DRAIN && service.clock.now() - begun < MAX_DRAIN_MS
    const goesOn = following !== undefined && mayGoOn
    const next = goesOn ? { ...done, starts: 1, ...newLease(service) } : done
    lease = await write(service, callId, lease, next, attempts)
    if (lease && !goesOn) return { end: following ? 'more' : 'drained', cursor: done.cursor }
    current = following
  }
  return STOPPED
}

async function attemptOnce(
  service: Service,
  callId: string,
  notification: NotificationRecord,
  { attempt, replayedAt = 0 }: { attempt: number; replayedAt: number | undefined },
  log: Log,
): Promise<Attempted> {
  const { settings, clock } = service
  const begun = clock.now()
  const { host } = new URL(notification.callbackUri)
  const post = () => sendOnce(service, notification, attempt)
  const result = await inSpan(`POST ${host}`, notification.traceparent, post, SpanKind.CLIENT)
  const now = clock.now()
  const ageMs = now - Math.max(notification.createdAt, replayedAt)
  const outcome = outcomeOf(
    result,
    { attempt, ageMs, random: service.random() },
    {
      waitsSeconds: settings.RETRY_WAITS_SECONDS,
      jitter: settings.RETRY_JITTER,
      maxRetryAfterMs: settings.MAX_RETRY_AFTER_MS,
      maxAgeMs: settings.NOTIFICATION_MAX_AGE_MS,
    },
  )
  log(
    logLine('notification.attempted', {
      call: callId,
      sequence: notification.sequence,
      attempt,
      host,
      status: result.status,
      error: result.error,
      ms: now - begun,
      outcome: outcome.type,
      nextInMs: outcome.type === 'retry' ? outcome.afterMs : undefined,
    }),
  )
  measured().attempts.add(1, { outcome: outcome.type })
  const nextAttemptAt = outcome.type === 'retry' ? now + outcome.afterMs : undefined
  const { status, error } = result
  return { outcome, made: { at: begun, durationMs: now - begun, status, error, nextAttemptAt } }
}

/** A token that can't be made is a reason to try again later, as any other. */
async function sendOnce(service: Service, notification: NotificationRecord, attempt: number): Promise<AttemptResult> {
  const { settings } = service
  try {
    return await service.send(notification, {
      attempt,
      token: await service.notificationTokens.for(notification),
      timeoutMs: settings.NOTIFICATION_TIMEOUT_MS,
      traceparent: traceparent(),
    })
  } catch (error) {
    return { error: String(error) }
  }
}

/** Writes down what comes next and gives the lease back. */
async function stop(
  service: Service,
  callId: string,
  lease: Lease,
  attempt: number,
  outcome: Exclude<Outcome, { type: 'acknowledged' }>,
  log: Log,
): Promise<void> {
  if (outcome.type === 'givenUp') {
    await park(service, callId, lease, outcome.reason, log)
    return
  }
  const { cursor, epoch, attempts, replayedAt } = lease.delivery
  const nextAttemptAt = service.clock.now() + outcome.afterMs
  // Only a lease that ends without an outcome counts as a start.
  const waiting = await write(service, callId, lease, {
    cursor,
    epoch,
    attempt,
    starts: 0,
    attempts,
    replayedAt,
    nextAttemptAt,
  })
  if (waiting && outcome.afterMs <= MAX_HINT_DELAY_MS) {
    await service.queues.send('notifications', { callId, epoch }, outcome.afterMs)
  }
}

async function park(service: Service, callId: string, lease: Lease, reason: string, log: Log): Promise<void> {
  const { cursor, epoch, attempt, attempts } = lease.delivery
  const parked = { at: service.clock.now(), reason }
  if (await write(service, callId, lease, { cursor, epoch, attempt, starts: 0, attempts, parked })) {
    measured().deadLetters.add(1)
    log(logLine('notification.deadLettered', { call: callId, from: cursor + 1, reason }))
  }
}
