import type { CallStore } from '../storage/callStore.js'
import type { DeliveryRecord, NotificationRecord } from '../storage/records.js'
import { nextSequence } from './progress.js'

/** The pending notifications of one outbox row. */
export interface Pending {
  /** The sequence number of the first notification of the row, which may have been acknowledged already. */
  readonly row: number
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
  // A replayed notification is sent alone: the next one to replay may be in another row.
  if (delivery.replaying) {
    const row = (await calls.readSkipped(callId, sequence))?.outboxRow ?? sequence
    const next = (await calls.readOutbox(callId, row))?.notifications.find((other) => other.sequence === sequence)
    return next && { row, next, rest: [] }
  }
  const row = delivery.outboxRow ?? sequence
  const outbox = await calls.readOutbox(callId, row)
  const [next, ...rest] = outbox?.notifications.filter((other) => other.sequence >= sequence) ?? []
  return next && { row, next, rest }
}

/** What remains of a row after its next notification; undefined when nothing does. */
export function afterNext({ row, rest: [next, ...rest] }: Pending): Pending | undefined {
  return next && { row, next, rest }
}
