import type { DeliveryState } from '../graph/deliveries.js'
import type { Clock } from '../platform/clock.js'
import type { CallIndex } from '../storage/callIndex.js'
import type { CallStore } from '../storage/callStore.js'
import type { Queues } from '../storage/queues.js'
import type { Attempt, DeadLetter, DeliveryRecord, IndexRow, NotificationRecord } from '../storage/records.js'
import { TooManyConflicts } from '../storage/tables.js'
import type { WatchdogStore } from '../storage/watchdogStore.js'
import { findOutboxRow } from './pending.js'
import { joinAttempts, startReplay } from './progress.js'

/** How many calls one page covers: the partition of each is read as a whole. */
const CALLS_PER_PAGE = 25
/** How often a replay is tried again after a conflict. */
const MAX_TRIES = 12
/** By how much the wait before each further try of a replay grows, in milliseconds. */
const PAUSE_PER_TRY_MS = 20

export interface DeliveriesDependencies {
  readonly calls: CallStore
  readonly callIndex: CallIndex
}

export interface ReplayDependencies extends DeliveriesDependencies {
  readonly watchdog: WatchdogStore
  readonly queues: Queues
  readonly clock: Clock
  readonly settings: { readonly WATCHDOG_DELAY_MS: number }
}

/** One notification with the state of its delivery. */
interface Delivery {
  readonly callId: string
  readonly notification: NotificationRecord
  readonly state: DeliveryState
  /** Why the notification is dead-lettered, if it is. */
  readonly reason: string | undefined
  readonly attempts: readonly Attempt[]
}

interface DeliveryQuery {
  readonly callId?: string | undefined
  readonly applicationId?: string | undefined
  readonly state?: DeliveryState | undefined
  /** The earliest creation of a call, in milliseconds since 1970. */
  readonly since?: number | undefined
}

/** Lists a page of deliveries, in order within each call, and returns where the next page begins if there is one. */
export async function listDeliveries(
  deps: DeliveriesDependencies,
  query: DeliveryQuery,
  after: IndexRow | undefined,
): Promise<{ deliveries: Delivery[]; next: IndexRow | undefined }> {
  const { callId, applicationId, state } = query
  const { callIds, next } = callId
    ? { callIds: [callId], next: undefined }
    : await listCalls(deps.callIndex, query, after)
  const deliveriesOfPage = (await Promise.all(callIds.map((id) => readDeliveries(deps.calls, id)))).flat()
  const deliveries = deliveriesOfPage.filter(
    (delivery) =>
      (state === undefined || delivery.state === state) &&
      (applicationId === undefined || delivery.notification.applicationId === applicationId),
  )
  return { deliveries, next }
}

async function listCalls(
  callIndex: CallIndex,
  { applicationId, since = 0 }: DeliveryQuery,
  after: IndexRow | undefined,
): Promise<{ callIds: string[]; next: IndexRow | undefined }> {
  const rows = await callIndex.list(applicationId, after, CALLS_PER_PAGE)
  const callIds = rows.filter(({ createdAt }) => createdAt >= since).map(({ callId }) => callId)
  const last = rows.at(-1)
  // The rows of one application are sorted, newest first: every row after one that is too old is also too old.
  const isEnd = rows.length < CALLS_PER_PAGE || !last || (applicationId !== undefined && last.createdAt < since)
  const next = isEnd ? undefined : { partitionKey: last.partitionKey, rowKey: last.rowKey }
  return { callIds, next }
}

async function readDeliveries(calls: CallStore, callId: string): Promise<Delivery[]> {
  // The cursor is read first: one that is delivered between the reads is shown as pending, never the reverse.
  const delivery = (await calls.readDelivery(callId))?.value
  if (!delivery) return []
  const { notifications, attempts, deadLetters } = await calls.readNotifications(callId)
  // The delivery may have left an outbox row between the reads: then the attempts at its notifications are in both.
  const isStored = (attempt: Attempt) =>
    attempts.some(({ sequence, at }) => sequence === attempt.sequence && at === attempt.at)
  const allAttempts = joinAttempts(
    attempts,
    delivery.attempts?.filter((attempt) => !isStored(attempt)),
  )
  return notifications.map((notification) => ({
    callId,
    notification,
    ...deliveryState(delivery, notification.sequence, deadLetters.get(notification.sequence)),
    attempts: allAttempts.filter(({ sequence }) => sequence === notification.sequence),
  }))
}

/** @param lastSkip when and why the notification was last skipped, if it was; a replay may have delivered it since */
function deliveryState(
  { cursor, deadLettered, skipped, replaying }: DeliveryRecord,
  sequence: number,
  lastSkip: DeadLetter | undefined,
): Pick<Delivery, 'state' | 'reason'> {
  if (skipped?.includes(sequence)) return { state: 'deadLettered', reason: lastSkip?.reason }
  if (sequence <= cursor && !replaying?.includes(sequence)) return { state: 'delivered', reason: undefined }
  return deadLettered ? { state: 'deadLettered', reason: deadLettered.reason } : { state: 'pending', reason: undefined }
}

/**
 * Replays the dead letters of every call that was created at `since`, in milliseconds since 1970, or later. Returns the
 * number of replayed calls.
 */
export async function replaySince(deps: ReplayDependencies, since: number): Promise<number> {
  let replayed = 0
  for (let after: IndexRow | undefined, hasMore = true; hasMore; ) {
    const { callIds, next } = await listCalls(deps.callIndex, { since }, after)
    const results = await Promise.all(callIds.map((callId) => replayCall(deps, callId)))
    replayed += results.filter(Boolean).length
    after = next
    hasMore = next !== undefined
  }
  return replayed
}

/**
 * Replays the dead letters of a call, unchanged and in order: first the skipped notifications, then the rest.
 *
 * @returns false when the call has none
 * @throws TooManyConflicts when other writers were first in every try; nothing has changed
 */
export async function replayCall(deps: ReplayDependencies, callId: string): Promise<boolean> {
  const { calls, watchdog, clock, settings, queues } = deps
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    // Each notification that is delivered meanwhile changes the row `delivery`, and a try conflicts with that.
    await clock.sleep(tries * PAUSE_PER_TRY_MS)
    const { record, etag } = await calls.read(callId)
    const row = await calls.readDelivery(callId)
    if (!record || etag === undefined || !row || !(row.value.deadLettered || row.value.skipped)) return false
    const outboxRow = await findOutboxRow(calls, callId, row.value)
    const attempts = joinAttempts(await calls.readAttempts(callId, outboxRow), row.value.attempts)
    const now = clock.now()
    // As with every command, the watchdog entry comes first.
    await watchdog.add(callId, now + settings.WATCHDOG_DELAY_MS)
    const history = attempts.length > 0 ? { attempts: { outboxRow, attempts } } : {}
    if (!(await calls.replay({ record, etag }, row, startReplay(row.value, now), history))) continue
    await queues.send('notifications', { callId }, 0).catch(() => undefined)
    return true
  }
  throw new TooManyConflicts(
    `the replay of the call ${callId} conflicted with other changes in each of ${MAX_TRIES} tries`,
  )
}
