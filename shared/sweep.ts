import { type Log, logLine } from './log.js'
import type { Service } from './service.js'
import type { IndexRow } from './storage/callIndex.js'
import type { CallRecord, DeliveryRecord } from './storage/callStore.js'
import { MAX_HINT_DELAY_MS, MAX_HINT_EARLY_MS } from './storage/queues.js'
import { bucketOf, type WatchRow } from './storage/watchStore.js'
import { measured } from './telemetry.js'

/** Calls looked at side by side. */
const PARALLEL = 16

/**
 * Looks at every call whose time in the table `watch` has come. What is due or owed and has nobody at it gets a hint; a row
 * goes only when the call is looked at later, or when every commit that counted on the row is made to fail.
 */
export async function sweep(service: Service, log: Log): Promise<void> {
  const rows = await service.watch.due(service.clock.now())
  let oldestMs = 0
  const lookAll = async () => {
    for (let row = rows.shift(); row; row = rows.shift()) {
      try {
        const owedForMs = await look(service, row)
        oldestMs = Math.max(oldestMs, owedForMs)
      } catch (error) {
        // The row is still there, so the next sweep looks again; the other calls must not wait for this one.
        log(
          logLine('sweep.postponed', {
            call: row.callId,
            error: error instanceof Error ? error.message : String(error),
          }),
        )
      }
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, lookAll))
  measured().oldestPending.record(oldestMs / 1000)
}

/** @returns how long the next notification of the call has been owed, in milliseconds; 0 when nothing is */
async function look(service: Service, row: WatchRow): Promise<number> {
  const { callId } = row
  const { record, etag } = await service.calls.read(callId)
  if (!record || etag === undefined) {
    // A create may be on its way that counts on this row: it must meet a changed row, and start again.
    if (await service.calls.putVoid(callId, etag)) await service.watch.remove(row)
    return 0
  }
  const delivered = await service.calls.readDelivery(callId)
  const delivery = delivered?.value
  const now = service.clock.now()
  if (purgeAt(service, record, delivery) <= now) {
    const forget = (indexed: IndexRow) => service.callIndex.remove(indexed, callId)
    if (await service.calls.purge(callId, delivered, etag, forget)) await service.watch.remove(row)
    return 0
  }
  const hinted = await sendHints(service, record, delivery, now)
  const moments = momentsAfter(service, record, delivery, now)
  if (hinted) moments.push(now + service.settings.WATCH_AFTER_MS)
  await moveRow(service, row, { record, etag }, moments, now)
  return owedFor(service, callId, record, delivery, now)
}

async function owedFor(
  service: Service,
  callId: string,
  { sequence }: CallRecord,
  delivery: DeliveryRecord | undefined,
  now: number,
): Promise<number> {
  if (!delivery || !isOwed(delivery, sequence)) return 0
  const next = await service.calls.readNotification(callId, delivery.cursor + 1)
  return next ? now - Math.max(next.createdAt, delivery.replayedAt ?? 0) : 0
}

/** Returns true when something was due or owed that nobody is at. */
async function sendHints(
  service: Service,
  { call, sequence }: CallRecord,
  delivery: DeliveryRecord | undefined,
  now: number,
): Promise<boolean> {
  const callId = call.id
  const overdue = call.timers.filter(({ at }) => at <= now)
  for (const { id } of overdue) await service.queues.send('call-timers', { callId, timer: id }, 0)
  if (!delivery || !isOwed(delivery, sequence)) return overdue.length > 0
  const wait = momentOf(service, delivery) - now
  if (wait <= 0) await service.queues.send('notifications', { callId }, 0)
  // Whoever holds the lease may be gone: then the next one need not wait for the next sweep as well. A hint that finds the
  // lease alive does nothing.
  else if (delivery.owner && wait < MAX_HINT_DELAY_MS - MAX_HINT_EARLY_MS) {
    await service.queues.send('notifications', { callId }, wait + MAX_HINT_EARLY_MS)
  }
  return overdue.length > 0 || wait <= 0
}

/** When this call must be looked at again, as far as is known. */
function momentsAfter(
  service: Service,
  record: CallRecord,
  delivery: DeliveryRecord | undefined,
  now: number,
): number[] {
  const { call, sequence } = record
  const moments = [...call.timers.map(({ at }) => at), purgeAt(service, record, delivery)].filter(
    (at) => at > now && at < Number.POSITIVE_INFINITY,
  )
  if (delivery && isOwed(delivery, sequence)) {
    const moment = momentOf(service, delivery)
    if (moment > now) moments.push(moment)
  }
  return moments
}

/** When a call is removed: a while after its end, and after it was given up on; never while something is owed. */
function purgeAt(
  { settings }: Service,
  { endedAt = Number.POSITIVE_INFINITY, sequence }: CallRecord,
  delivery: DeliveryRecord | undefined,
): number {
  if (delivery && isOwed(delivery, sequence)) return Number.POSITIVE_INFINITY
  return Math.max(endedAt, delivery?.parked?.at ?? 0) + settings.RETENTION_MS
}

const isOwed = ({ cursor, parked }: DeliveryRecord, sequence: number) => cursor < sequence && !parked

/** When whoever is at a delivery must have come to an end; 0 when nobody is. */
const momentOf = (service: Service, { owner, leaseUntil = 0, nextAttemptAt = 0 }: DeliveryRecord): number =>
  owner ? leaseUntil + service.settings.CLOCK_SKEW_MS : nextAttemptAt

/**
 * Replaces a row by the next one. `near` may stay true only while a row stands within reach; otherwise it is written false
 * always, not only where it was true, so that a commit on its way that has seen this row or the flag fails.
 */
async function moveRow(
  service: Service,
  row: WatchRow,
  read: { record: CallRecord; etag: string },
  moments: readonly number[],
  now: number,
): Promise<void> {
  const next = moments.length > 0 ? Math.min(...moments) : undefined
  if (next !== undefined && bucketOf(next) !== row.bucket) await service.watch.add(row.callId, next)
  const near = next !== undefined && next <= now + service.settings.WATCH_AFTER_MS
  if (!near && !(await service.calls.setNear(read, false))) return
  if (next === undefined || bucketOf(next) !== row.bucket) await service.watch.remove(row)
}
