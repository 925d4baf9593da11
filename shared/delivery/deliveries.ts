import type { Service } from '../service.js'
import type { IndexRow } from '../storage/callIndex.js'
import type { Attempt, DeliveryRecord, NotificationRecord } from '../storage/callStore.js'

type DeliveryState = 'pending' | 'delivered' | 'deadLettered'

/** One notification, how far its delivery has come, and what was tried. */
interface Delivery {
  readonly callId: string
  readonly notification: NotificationRecord
  readonly state: DeliveryState
  /** Why the rest of the call was given up on, if this is part of it. */
  readonly reason: string | undefined
  readonly attempts: readonly Attempt[]
}

interface DeliveryQuery {
  readonly callId?: string | undefined
  readonly applicationId?: string | undefined
  readonly state?: DeliveryState | undefined
  /** No call that was made before, in milliseconds since 1970. */
  readonly since?: number | undefined
}

/** How many calls a page looks at: each is a partition that is read as a whole. */
const CALLS_PER_PAGE = 25
/** How often a call that changes meanwhile is replayed anew. */
const MAX_TRIES = 12

/** A page of deliveries, in the order of each call, and where the next page begins if there is one. */
export async function listDeliveries(
  service: Service,
  query: DeliveryQuery,
  after: IndexRow | undefined,
): Promise<{ deliveries: Delivery[]; next: IndexRow | undefined }> {
  const { callId, applicationId, state } = query
  const { callIds, next } = callId ? { callIds: [callId], next: undefined } : await pageOfCalls(service, query, after)
  const all = (await Promise.all(callIds.map((id) => deliveriesOf(service, id)))).flat()
  const deliveries = all.filter(
    (one) =>
      (state === undefined || one.state === state) &&
      (applicationId === undefined || one.notification.applicationId === applicationId),
  )
  return { deliveries, next }
}

async function pageOfCalls(
  service: Service,
  { applicationId, since = 0 }: DeliveryQuery,
  after: IndexRow | undefined,
): Promise<{ callIds: string[]; next: IndexRow | undefined }> {
  const rows = await service.callIndex.list(applicationId, after, CALLS_PER_PAGE)
  const callIds = rows.filter(({ createdAt }) => createdAt >= since).map(({ callId }) => callId)
  const last = rows.at(-1)
  // Of one application, all that comes behind an older call is older still.
  const isEnd = rows.length < CALLS_PER_PAGE || !last || (applicationId !== undefined && last.createdAt < since)
  const next = isEnd ? undefined : { partitionKey: last.partitionKey, rowKey: last.rowKey }
  return { callIds, next }
}

async function deliveriesOf(service: Service, callId: string): Promise<Delivery[]> {
  // First how far it has come: what is delivered in between is shown as pending, and not the other way round.
  const delivery = (await service.calls.readDelivery(callId))?.value
  if (!delivery) return []
  const { notifications, attempts } = await service.calls.readNotifications(callId)
  return notifications.map((notification) => ({
    callId,
    notification,
    ...stateOf(delivery, notification.sequence),
    attempts: attemptsAt(delivery, attempts, notification.sequence),
  }))
}

function stateOf({ cursor, parked }: DeliveryRecord, sequence: number): Pick<Delivery, 'state' | 'reason'> {
  if (sequence <= cursor) return { state: 'delivered', reason: undefined }
  return parked ? { state: 'deadLettered', reason: parked.reason } : { state: 'pending', reason: undefined }
}

function attemptsAt(
  { cursor, attempts = [] }: DeliveryRecord,
  done: ReadonlyMap<number, readonly Attempt[]>,
  sequence: number,
): readonly Attempt[] {
  return sequence === cursor + 1 ? attempts : (done.get(sequence) ?? [])
}

/** Begins anew with what was given up on, from the calls made since then. Returns how many calls that are. */
export async function replaySince(service: Service, since: number): Promise<number> {
  let replayed = 0
  for (let after: IndexRow | undefined, more = true; more; ) {
    const { callIds, next } = await pageOfCalls(service, { since }, after)
    const begun = await Promise.all(callIds.map((callId) => replay(service, callId)))
    replayed += begun.filter(Boolean).length
    after = next
    more = next !== undefined
  }
  return replayed
}

/**
 * Begins anew with the notifications of a call that were given up on: as the same ones, in their order. As with every
 * command, somebody is made to look before anything is written.
 *
 * @returns false when nothing of it was given up on
 */
export async function replay(service: Service, callId: string): Promise<boolean> {
  const { calls, watch, clock, settings, queues } = service
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const { record, etag } = await calls.read(callId)
    const row = await calls.readDelivery(callId)
    if (!record || etag === undefined || !row?.value.parked) return false
    const { cursor, epoch, attempts } = row.value
    const now = clock.now()
    await watch.add(callId, now + settings.WATCH_AFTER_MS)
    // A drain that has parked it and sleeps since must not take it up: the epoch is another.
    const anew = { cursor, epoch: epoch + 1, attempt: 0, starts: 0, attempts, replayedAt: now }
    if (!(await calls.replay({ record, etag }, row, anew))) continue
    await queues.send('notifications', { callId }, 0).catch(() => undefined)
    return true
  }
  return false
}
