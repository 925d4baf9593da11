import type { Bulkheads } from '../delivery/bulkheads.js'
import { readPending } from '../delivery/pending.js'
import { hasPendingNotification } from '../delivery/progress.js'
import type { Clock } from '../platform/clock.js'
import { describeError, type Log, logLine } from '../platform/log.js'
import { telemetryInstruments } from '../platform/telemetry.js'
import { type Blobs, blobPrefixOf } from '../storage/blobs.js'
import type { CallIndex } from '../storage/callIndex.js'
import type { CallStore } from '../storage/callStore.js'
import { isMeetingKey, type MeetingStore } from '../storage/meetingStore.js'
import { MAX_WAKE_UP_DELAY_MS, MAX_WAKE_UP_EARLY_MS, type Queues } from '../storage/queues.js'
import type { CallRecord, DeliveryRecord } from '../storage/records.js'
import { bucketOf, type WatchdogEntry, type WatchdogStore } from '../storage/watchdogStore.js'
import { AdaptiveConcurrency } from './adaptiveConcurrency.js'

/** How long a sweep starts inspections: half of the functionTimeout of host.json, so that the last ones fit. */
const MAX_SWEEP_MS = 60_000

export interface SweepDependencies {
  readonly blobs: Blobs
  readonly calls: CallStore
  readonly callIndex: CallIndex
  readonly meetings: MeetingStore
  readonly watchdog: WatchdogStore
  readonly queues: Queues
  /** The bulkheads of this process. */
  readonly bulkheads: Pick<Bulkheads, 'isWaiting'>
  readonly clock: Clock
  readonly settings: {
    readonly CLOCK_SKEW_MS: number
    readonly WATCHDOG_DELAY_MS: number
    readonly RETENTION_MS: number
  }
}

/** A call as the sweep found it. */
interface InspectedCall {
  readonly record: CallRecord
  readonly etag: string
  readonly delivery: DeliveryRecord | undefined
  readonly now: number
}

/** What the inspections of one sweep share. */
interface SweepContext {
  readonly deps: SweepDependencies
  readonly concurrency: AdaptiveConcurrency
  /** Receives how long the next notification of a call has been pending, in milliseconds. */
  readonly reportPendingAge: (ageMs: number) => void
  readonly log: Log
}

/**
 * Inspects every call with a due watchdog entry: sends a wake-up for every due timer or pending notification, unless a
 * lease holder or a bulkhead of this process takes care of it, and removes expired calls and meetings. The entry of a
 * call is deleted only after a later one exists, or after rewriting the call row so that any commit relying on the
 * entry conflicts.
 */
export async function sweep(deps: SweepDependencies, log: Log): Promise<void> {
  const startedAt = deps.clock.now()
  let oldestPendingMs = 0
  const reportPendingAge = (ageMs: number) => {
    oldestPendingMs = Math.max(oldestPendingMs, ageMs)
  }
  const concurrency = new AdaptiveConcurrency(deps.clock)
  const context: SweepContext = { deps, concurrency, reportPendingAge, log }
  const isInTime = () => deps.clock.now() - startedAt <= MAX_SWEEP_MS
  for await (const entries of deps.watchdog.listDue(startedAt)) {
    const inspectNext = ([key, due]: DueEntries) => inspect(context, key, due)
    await concurrency.forEachWhile(isInTime, groupByKey(entries), inspectNext)
    if (!isInTime()) {
      log(logLine('sweep.unfinished', { ms: deps.clock.now() - startedAt }))
      break
    }
  }
  telemetryInstruments().oldestPending.record(oldestPendingMs / 1000)
}

async function inspect(context: SweepContext, key: string, entries: readonly WatchdogEntry[]): Promise<void> {
  const { deps, log } = context
  try {
    if (isMeetingKey(key)) await removeExpiredMeeting(deps, key, entries)
    else await inspectCall(context, key, entries)
  } catch (error) {
    // The entries are still there, so the next sweep inspects them again; the others do not wait for them.
    const kind = isMeetingKey(key) ? 'meeting' : 'call'
    log(logLine('sweep.postponed', { [kind]: key, error: describeError(error) }))
  }
}

/** The due entries of a call or meeting, which is inspected once for all of them. */
type DueEntries = readonly [key: string, entries: readonly WatchdogEntry[]]

function groupByKey(entries: readonly WatchdogEntry[]): DueEntries[] {
  const groups = new Map<string, WatchdogEntry[]>()
  for (const entry of entries) groups.set(entry.key, [...(groups.get(entry.key) ?? []), entry])
  return [...groups]
}

async function removeEntries({ watchdog }: SweepDependencies, entries: readonly WatchdogEntry[]): Promise<void> {
  for (const entry of entries) await watchdog.remove(entry)
}

/** The entry is removed in any case: a meeting that now ends later has a later entry, because every write adds one. */
async function removeExpiredMeeting(deps: SweepDependencies, key: string, entries: readonly WatchdogEntry[]) {
  await deps.meetings.removeExpired(key, deps.clock.now())
  await removeEntries(deps, entries)
}

async function inspectCall(
  { deps, concurrency, reportPendingAge }: SweepContext,
  callId: string,
  entries: readonly WatchdogEntry[],
): Promise<void> {
  const { record, etag } = await concurrency.measure(() => deps.calls.read(callId))
  if (!record || etag === undefined) {
    // A create in flight may rely on an entry: a void row makes it conflict and write an entry of its own.
    if (await deps.calls.writeVoid(callId, etag)) await removeEntries(deps, entries)
    return
  }
  const deliveryRow = await deps.calls.readDelivery(callId)
  const call: InspectedCall = { record, etag, delivery: deliveryRow?.value, now: deps.clock.now() }
  if (purgeTime(deps, call) <= call.now) {
    const isRemoved = await deps.calls.purge(callId, deliveryRow, {
      removeIndexRow: (row) => deps.callIndex.remove(callId, row),
      removeBlobs: () => deps.blobs.deleteAll(blobPrefixOf(callId)),
    })
    if (isRemoved) await removeEntries(deps, entries)
    return
  }
  try {
    const isDue = await sendDueWakeUps(deps, call)
    const times = wakeUpTimes(deps, call)
    if (isDue) times.push(call.now + deps.settings.WATCHDOG_DELAY_MS)
    await rescheduleEntries(deps, entries, call, times)
  } finally {
    // Also after a failure to send a wake-up: then notifications stay pending, and the alert needs their age.
    reportPendingAge(await pendingAge(deps, call))
  }
}

async function pendingAge({ calls }: SweepDependencies, { record, delivery, now }: InspectedCall): Promise<number> {
  if (!delivery || !hasPendingNotification(delivery, record.sequence)) return 0
  const pending = await readPending(calls, record.call.id, delivery)
  return pending ? now - Math.max(pending.next.createdAt, delivery.replayedAt ?? 0) : 0
}

/**
 * Sends a wake-up for all due work, except for the notifications of a call that waits in a bulkhead of this process.
 * Returns whether any timer or notification was due without a lease holder.
 */
async function sendDueWakeUps(deps: SweepDependencies, { record, delivery, now }: InspectedCall): Promise<boolean> {
  const { call, sequence } = record
  const callId = call.id
  const dueTimers = call.timers.filter(({ at }) => at <= now)
  for (const { id } of dueTimers) await deps.queues.send('call-timers', { callId, timer: id }, 0)
  if (!delivery || !hasPendingNotification(delivery, sequence)) return dueTimers.length > 0
  const wait = nextDeliveryTime(deps, delivery) - now
  if (wait <= 0) {
    // Hundreds of calls may wait for an endpoint that hangs, and their wake-ups would occupy the queue.
    if (!deps.bulkheads.isWaiting(callId)) await deps.queues.send('notifications', { callId }, 0)
  }
  // The lease holder may be dead. A wake-up for the end of its lease avoids a wait for the next sweep; if the lease has
  // been extended by then, the wake-up does nothing.
  else if (delivery.owner && wait < MAX_WAKE_UP_DELAY_MS - MAX_WAKE_UP_EARLY_MS) {
    await deps.queues.send('notifications', { callId }, wait + MAX_WAKE_UP_EARLY_MS)
  }
  return dueTimers.length > 0 || wait <= 0
}

/** The known times at which this call must be inspected again. */
function wakeUpTimes(deps: SweepDependencies, call: InspectedCall): number[] {
  const { record, delivery, now } = call
  const times = [...record.call.timers.map(({ at }) => at), purgeTime(deps, call)]
  if (delivery && hasPendingNotification(delivery, record.sequence)) times.push(nextDeliveryTime(deps, delivery))
  return times.filter((at) => at > now && at < Number.POSITIVE_INFINITY)
}

/** When the call is removed: RETENTION_MS after its end or dead-lettering; never while a notification is pending. */
function purgeTime({ settings }: SweepDependencies, { record, delivery }: InspectedCall): number {
  const { endedAt = Number.POSITIVE_INFINITY, sequence } = record
  if (delivery && hasPendingNotification(delivery, sequence)) return Number.POSITIVE_INFINITY
  return Math.max(endedAt, delivery?.deadLettered?.at ?? 0, delivery?.skippedAt ?? 0) + settings.RETENTION_MS
}

/** When the lease has certainly expired, or when the next attempt is due; 0 when a delivery may start now. */
const nextDeliveryTime = (
  { settings }: SweepDependencies,
  { owner, leaseUntil = 0, nextAttemptAt = 0 }: DeliveryRecord,
): number => (owner ? leaseUntil + settings.CLOCK_SKEW_MS : nextAttemptAt)

/**
 * Replaces the due entries with the next one. `hasPendingWakeUp` may stay true only while an entry is due within
 * WATCHDOG_DELAY_MS. Otherwise false is written even where it is false already: that changes the ETag, so a commit in
 * flight that relies on one of these entries or on the flag conflicts.
 */
async function rescheduleEntries(
  deps: SweepDependencies,
  entries: readonly WatchdogEntry[],
  call: InspectedCall,
  times: readonly number[],
): Promise<void> {
  const { record, etag, now } = call
  const next = times.length > 0 ? Math.min(...times) : undefined
  const passed = entries.filter(({ bucket }) => next === undefined || bucket !== bucketOf(next))
  if (next !== undefined && passed.length === entries.length) await deps.watchdog.add(record.call.id, next)
  const hasPendingWakeUp = next !== undefined && next <= now + deps.settings.WATCHDOG_DELAY_MS
  if (!hasPendingWakeUp && mayChange(call) && !(await deps.calls.setPendingWakeUp({ record, etag }, false))) return
  await removeEntries(deps, passed)
}

/** A call that has ended changes only when its dead letters are replayed. */
const mayChange = ({ record, delivery }: InspectedCall): boolean =>
  record.endedAt === undefined || delivery?.deadLettered !== undefined || delivery?.skipped !== undefined
