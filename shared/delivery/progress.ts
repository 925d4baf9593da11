import type { Attempt, DeliveryRecord } from '../storage/records.js'

// The progress of a call's notifications: pure functions over the row `delivery`.

/** How many attempts at a notification are kept. */
const MAX_KEPT_ATTEMPTS = 20

/** The sequence number of the notification to deliver next: a replayed one, otherwise the one after the cursor. */
export const nextSequence = ({ cursor, replaying }: DeliveryRecord): number => replaying?.[0] ?? cursor + 1

/** @param lastSequence the sequence number of the last notification of the call */
export const hasPendingNotification = (delivery: DeliveryRecord, lastSequence: number): boolean =>
  nextSequence(delivery) <= lastSequence && !delivery.deadLettered

/** What stays of a delivery when the next notification follows, or when the lease is taken or released. */
export const keepProgress = ({
  cursor,
  outboxRow,
  epoch,
  redirectedTo,
  replayedAt,
  replaying,
  skipped,
  skippedAt,
}: DeliveryRecord) => ({
  cursor,
  outboxRow,
  epoch,
  redirectedTo,
  replayedAt,
  replaying,
  skipped,
  skippedAt,
})

/**
 * Returns the delivery after its next notification was acknowledged or dead-lettered on its own, without a lease.
 *
 * @param unfinishedRow the outbox row of that notification, if the row has further notifications
 * @param skippedAt when the notification was dead-lettered, if it was
 */
export function finishNext(
  delivery: DeliveryRecord,
  unfinishedRow: number | undefined,
  skippedAt?: number,
): DeliveryRecord {
  const { cursor, outboxRow, replaying = [], skipped = [], attempts } = delivery
  const sequence = nextSequence(delivery)
  return {
    ...keepProgress(delivery),
    outboxRow: replaying.length > 0 ? outboxRow : unfinishedRow,
    // The attempts of an outbox row are stored together when the delivery leaves the row.
    attempts: unfinishedRow === undefined ? undefined : attempts,
    ...(skippedAt !== undefined && { skipped: [...skipped, sequence], skippedAt }),
    cursor: Math.max(cursor, sequence),
    replaying: replaying.length > 1 ? replaying.slice(1) : undefined,
    failedAttempts: 0,
    unresolvedAttempts: 0,
  }
}

/** Returns the delivery whose dead letters are replayed: first those that were skipped, then the rest of the call. */
export function startReplay(delivery: DeliveryRecord, now: number): DeliveryRecord {
  const { cursor, outboxRow, epoch, redirectedTo, replaying = [], skipped = [] } = delivery
  const sequences = [...replaying, ...skipped].sort((first, second) => first - second)
  return {
    cursor,
    outboxRow,
    // The new epoch stops a drain that dead-lettered the call and has been suspended since.
    epoch: epoch + 1,
    redirectedTo,
    replaying: sequences.length > 0 ? sequences : undefined,
    failedAttempts: 0,
    unresolvedAttempts: 0,
    replayedAt: now,
  }
}

/** The number of the running attempt. An attempt whose host died counts too: the callback may have received it. */
export const attemptNumberOf = ({ failedAttempts, unresolvedAttempts }: DeliveryRecord): number =>
  failedAttempts + unresolvedAttempts

/** Joins attempts, of which the last ones of each notification are kept. */
export function joinAttempts(earlier: readonly Attempt[] = [], later: readonly Attempt[] = []): readonly Attempt[] {
  const counts = new Map<number, number>()
  const isKept = ({ sequence }: Attempt) => {
    const count = (counts.get(sequence) ?? 0) + 1
    counts.set(sequence, count)
    return count <= MAX_KEPT_ATTEMPTS
  }
  return [...earlier, ...later].toReversed().filter(isKept).toReversed()
}
