import type { CallStore } from '../storage/callStore.js'
import type { DeliveryRecord, NotificationRecord } from '../storage/records.js'
import { nextSequence } from './progress.js'

/** The pending notifications of one outbox row. */
export interface Pending {
  /** The sequence number of the first notification of the row, which may have been acknowledged already. */
  readonly outboxRow: number
  /** The notification to deliver next. */
  readonly next: NotificationRecord
  /** Those that follow it in the row. */
  readonly rest: readonly NotificationRecord[]
}

/** Reads the outbox row with the next notification of a delivery; undefined when no notification is pending. */
export async function readPending(
  calls: CallStore,
  callId: string,
  delivery: DeliveryRecord,
): Promise<Pending | undefined> {
  const sequence = nextSequence(delivery)
  const outboxRow = await findOutboxRow(calls, callId, delivery)
  const { notifications = [] } = (await calls.readOutbox(callId, outboxRow)) ?? {}
  const [next, ...rest] = notifications.filter((other) => other.sequence >= sequence)
  // A replayed notification is sent alone: the next one to replay may be in another row.
  return next && { outboxRow, next, rest: delivery.replaying ? [] : rest }
}

/** Finds the outbox row of the next notification of a delivery, whether that notification exists or not. */
export async function findOutboxRow(calls: CallStore, callId: string, delivery: DeliveryRecord): Promise<number> {
  const sequence = nextSequence(delivery)
  if (!delivery.replaying) return delivery.outboxRow ?? sequence
  return (await calls.readSkipped(callId, sequence))?.outboxRow ?? sequence
}

/** What remains of a row after its next notification; undefined when nothing does. */
export function afterNext({ outboxRow, rest: [next, ...rest] }: Pending): Pending | undefined {
  return next && { outboxRow, next, rest }
}
