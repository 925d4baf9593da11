import type { Operation } from '../calls/call.js'
import { isRecording } from '../calls/recording.js'
import {
  type Attempt,
  type CallRecord,
  type Commit,
  type DeadLetter,
  type DeliveryHistory,
  type DeliveryRecord,
  type IndexRow,
  NEW_DELIVERY,
  type NotificationRecord,
  type OutboxRecord,
  type ReadCall,
  type ReceiptRecord,
  type SkippedNotification,
  type VoidRecord,
} from './records.js'
import {
  countBytes,
  MAX_TRANSACTION_ROWS,
  type Row,
  type RowWrite,
  StorageConflict,
  StorageUnavailable,
  type Tables,
} from './tables.js'

/** How large an outbox row with several notifications may be: it is read as a whole to send one of them. */
const MAX_SHARED_ROW_BYTES = 128 * 1024
/** How often a write of the row `delivery` is tried while the row stays unchanged. */
const MAX_DELIVERY_TRIES = 3

const CALL = 'call'
const DELIVERY = 'delivery'
const operationKey = (id: string) => `operation:${id}`
/** The key of a row about notifications. Padded, so that the rows are in the order of their notifications. */
const sequenceKey = (kind: 'outbox' | 'attempts' | 'deadLetter', sequence: number) =>
  `${kind}:${String(sequence).padStart(10, '0')}`
const receiptKey = (commitId: string) => `commit:${commitId}`

/** How the rest of a removed call is removed. */
interface PurgeSteps {
  /** Removes a row of `callIndex` that points to the call. */
  readonly removeIndexRow: (row: IndexRow) => Promise<void>
  readonly removeBlobs: () => Promise<void>
}

/** The table `calls`: one partition for each call, with everything that must change together under one ETag. */
export class CallStore {
  readonly #tables: Tables

  constructor(tables: Tables) {
    this.#tables = tables
  }

  async read(callId: string): Promise<ReadCall> {
    const row = await this.#tables.get<CallRecord | VoidRecord>('calls', callId, CALL)
    if (!row) return {}
    return 'void' in row.value ? { etag: row.etag } : { record: row.value, etag: row.etag }
  }

  /**
   * Commits a change if the call still has the ETag that was read.
   *
   * @returns `conflict` when another writer was first and nothing was written; `unknown` when the storage did not
   * answer: after the next read, `wasApplied` determines the outcome
   * @throws RowTooLarge when a row or the transaction exceeds the limits of Azure Table Storage
   */
  async commit(read: ReadCall, commit: Commit): Promise<'committed' | 'conflict' | 'unknown'> {
    const writes: RowWrite[] = [
      read.etag === undefined
        ? insert(CALL, commit.record)
        : { type: 'replace', rowKey: CALL, value: commit.record, etag: read.etag },
      ...commit.operations.map((operation) => put(operationKey(operation.id), operation)),
      ...outboxRows(commit),
    ]
    if (!read.record) writes.push(insert(DELIVERY, NEW_DELIVERY))
    try {
      await this.#tables.write('calls', commit.record.call.id, writes)
      return 'committed'
    } catch (error) {
      if (error instanceof StorageConflict) return 'conflict'
      if (error instanceof StorageUnavailable) return 'unknown'
      throw error
    }
  }

  /**
   * Returns whether a commit of unknown outcome was applied. Outbox rows and receipts are never rewritten, so the row
   * tells which commit wrote it. Must be called after a read of the call: if the commit is applied even later, the call
   * no longer has the ETag of that read, and the next commit conflicts.
   */
  async wasApplied({ id, record, notifications: [first] }: Commit): Promise<boolean> {
    const callId = record.call.id
    if (!first) return (await this.#tables.get('calls', callId, receiptKey(id))) !== undefined
    return (await this.readOutbox(callId, first.sequence))?.commitId === id
  }

  /** Sets `hasPendingWakeUp` and nothing else. Returns false when the call has changed since it was read. */
  async setPendingWakeUp(
    { record, etag }: { record: CallRecord; etag: string },
    hasPendingWakeUp: boolean,
  ): Promise<boolean> {
    const value = { ...record, hasPendingWakeUp } satisfies CallRecord
    return this.#tryWrite(record.call.id, [{ type: 'replace', rowKey: CALL, value, etag }])
  }

  /**
   * Writes a void row in place of a call that does not exist, or rewrites the void row that was read, so that a create
   * in flight conflicts. Returns false when the row has changed since it was read: the call may exist now.
   */
  async writeVoid(callId: string, etag: string | undefined): Promise<boolean> {
    const value = { void: true } satisfies VoidRecord
    return this.#tryWrite(callId, [
      etag === undefined ? insert(CALL, value) : { type: 'replace', rowKey: CALL, value, etag },
    ])
  }

  /** @param sequence the sequence number of the first notification of the row */
  async readOutbox(callId: string, sequence: number): Promise<OutboxRecord | undefined> {
    return (await this.#tables.get<OutboxRecord>('calls', callId, sequenceKey('outbox', sequence)))?.value
  }

  /** Reads when and why a notification was last skipped. */
  async readSkipped(callId: string, sequence: number): Promise<SkippedNotification | undefined> {
    return (await this.#tables.get<SkippedNotification>('calls', callId, sequenceKey('deadLetter', sequence)))?.value
  }

  async readOperation(callId: string, operationId: string): Promise<Operation | undefined> {
    return (await this.#tables.get<Operation>('calls', callId, operationKey(operationId)))?.value
  }

  async readDelivery(callId: string): Promise<Row<DeliveryRecord> | undefined> {
    return this.#tables.get<DeliveryRecord>('calls', callId, DELIVERY)
  }

  /**
   * Writes the row `delivery` if it still has the ETag that was read or last written.
   *
   * @param history what is stored for operators in the same transaction
   * @returns the new ETag, or undefined when another host has written the row since
   * @throws StorageConflict or StorageUnavailable when the row could not be written in MAX_DELIVERY_TRIES tries
   */
  async writeDelivery(
    callId: string,
    delivery: DeliveryRecord,
    etag: string,
    history: DeliveryHistory = {},
  ): Promise<string | undefined> {
    const writes: RowWrite[] = [{ type: 'replace', rowKey: DELIVERY, value: delivery, etag }, ...historyRows(history)]
    for (let tries = 1; ; tries++) {
      // 1. Write under the ETag.
      const result = await this.#writeOrFail(callId, writes)
      if (result.etags) return result.etags[0]

      // 2. Read the row back, also after a conflict: the conflict may be with our own write, whose reply was lost.
      const row = await this.readDelivery(callId)

      // 3. A row that has changed holds either our write, whose ETag it then has, or the write of another host.
      if (row?.etag !== etag) return isDelivery(row, delivery) ? row.etag : undefined

      // 4. A row that is unchanged was not written, so the same write is tried again.
      if (tries === MAX_DELIVERY_TRIES) throw result.error
    }
  }

  /** Reads the stored attempts at the notifications of an outbox row. */
  async readAttempts(callId: string, outboxRow: number): Promise<readonly Attempt[]> {
    const key = sequenceKey('attempts', outboxRow)
    return (await this.#tables.get<readonly Attempt[]>('calls', callId, key))?.value ?? []
  }

  /**
   * Reads all notifications of a call in order, with the stored attempts, and the dead letters by their sequence
   * numbers. Reads the whole partition: for operators.
   */
  async readNotifications(callId: string): Promise<{
    notifications: readonly NotificationRecord[]
    attempts: readonly Attempt[]
    deadLetters: ReadonlyMap<number, DeadLetter>
  }> {
    const rows = await this.#tables.list('calls', { from: callId, to: callId })
    const selectRows = <T>(kind: string) => rows.filter(({ rowKey }) => rowKey.startsWith(kind)) as Row<T>[]
    const deadLetters = selectRows<SkippedNotification>('deadLetter:')
    return {
      notifications: selectRows<OutboxRecord>('outbox:').flatMap(({ value }) => value.notifications),
      attempts: selectRows<readonly Attempt[]>('attempts:').flatMap(({ value }) => value),
      deadLetters: new Map(deadLetters.map(({ rowKey, value }) => [Number(rowKey.split(':')[1]), value])),
    }
  }

  /**
   * Replaces the delivery of a call whose dead letters are replayed, and marks the call as one with a pending wake-up.
   * Returns false when the call or the delivery has changed since it was read.
   *
   * @param history the attempts at the outbox row in which the delivery was before the replay, if there are any
   */
  async replay(
    { record, etag }: { record: CallRecord; etag: string },
    deliveryRow: Row<DeliveryRecord>,
    delivery: DeliveryRecord,
    history: DeliveryHistory,
  ): Promise<boolean> {
    const value = { ...record, hasPendingWakeUp: true } satisfies CallRecord
    return this.#tryWrite(record.call.id, [
      { type: 'replace', rowKey: CALL, value, etag },
      { type: 'replace', rowKey: DELIVERY, value: delivery, etag: deliveryRow.etag },
      ...historyRows(history),
    ])
  }

  /**
   * Deletes all rows of a call that has ended, and the blobs of its recordings first. The row `delivery` goes first,
   * under the ETag that was read, so that no replay starts while its notifications disappear; nothing else changes a
   * call that has ended. The row `call` goes last: if this host dies on the way, the next sweep still finds the call.
   *
   * @returns false when the delivery has changed since it was read, or another host deletes the call too
   */
  async purge(
    callId: string,
    delivery: Row<DeliveryRecord> | undefined,
    { removeIndexRow, removeBlobs }: PurgeSteps,
  ): Promise<boolean> {
    if (delivery && !(await this.#tryWrite(callId, [{ type: 'delete', rowKey: DELIVERY, etag: delivery.etag }])))
      return false
    const rows = await this.#tables.list('calls', { from: callId, to: callId })
    // Only a call with a recording has blobs. Its rows are deleted after them, so that a crash leaves none behind.
    if (rows.some(({ rowKey, value }) => rowKey.startsWith('operation:') && isRecording(value as Operation))) {
      await removeBlobs()
    }
    for (const { rowKey, value } of rows) {
      if (!/^(outbox|commit):/.test(rowKey)) continue
      for (const row of (value as OutboxRecord | ReceiptRecord).indexRows ?? []) await removeIndexRow(row)
    }
    const rowKeys = rows.map(({ rowKey }) => rowKey).filter((rowKey) => rowKey !== CALL && rowKey !== DELIVERY)
    rowKeys.push(CALL)
    for (let start = 0; start < rowKeys.length; start += MAX_TRANSACTION_ROWS) {
      const batch = rowKeys.slice(start, start + MAX_TRANSACTION_ROWS)
      const deletes = batch.map((rowKey) => ({ type: 'delete', rowKey }) as const)
      if (!(await this.#tryWrite(callId, deletes))) return false
    }
    return true
  }

  /** Returns the new ETags, or the error of a write that conflicted or whose outcome is unknown. */
  async #writeOrFail(
    callId: string,
    writes: RowWrite[],
  ): Promise<{ etags: string[]; error?: never } | { etags?: never; error: Error }> {
    try {
      return { etags: await this.#tables.write('calls', callId, writes) }
    } catch (error) {
      if (error instanceof StorageConflict || error instanceof StorageUnavailable) return { error }
      throw error
    }
  }

  /** Returns false after a conflict. */
  async #tryWrite(callId: string, writes: RowWrite[]): Promise<boolean> {
    try {
      await this.#tables.write('calls', callId, writes)
      return true
    } catch (error) {
      if (error instanceof StorageConflict) return false
      throw error
    }
  }
}

const insert = (rowKey: string, value: unknown): RowWrite => ({ type: 'insert', rowKey, value })
const put = (rowKey: string, value: unknown): RowWrite => ({ type: 'put', rowKey, value })

/** The rows that show which commit wrote them: its notifications, or a receipt if it has none. */
function outboxRows({ id, notifications, indexRows }: Commit): RowWrite[] {
  const index = indexRows.length > 0 ? { indexRows } : {}
  if (notifications.length === 0) return [insert(receiptKey(id), index satisfies ReceiptRecord)]
  return packNotifications(notifications).map((packed, position) =>
    insert(sequenceKey('outbox', packed[0].sequence), {
      commitId: id,
      notifications: packed,
      ...(position === 0 && index),
    } satisfies OutboxRecord),
  )
}

/** Puts as many notifications into each row as MAX_SHARED_ROW_BYTES allows, in order, and at least one. */
function packNotifications(
  notifications: readonly NotificationRecord[],
): [NotificationRecord, ...NotificationRecord[]][] {
  const packed: [NotificationRecord, ...NotificationRecord[]][] = []
  let bytes = 0
  for (const notification of notifications) {
    const row = packed.at(-1)
    const added = countBytes(notification)
    if (row && bytes + added <= MAX_SHARED_ROW_BYTES) {
      row.push(notification)
      bytes += added
    } else {
      packed.push([notification])
      bytes = added
    }
  }
  return packed
}

const historyRows = ({ attempts, skipped }: DeliveryHistory): RowWrite[] => [
  ...(attempts ? [put(sequenceKey('attempts', attempts.outboxRow), attempts.attempts)] : []),
  ...(skipped ? [put(sequenceKey('deadLetter', skipped.sequence), skipped.deadLetter)] : []),
]
const isDelivery = (row: Row<DeliveryRecord> | undefined, delivery: DeliveryRecord): row is Row<DeliveryRecord> =>
  JSON.stringify(row?.value) === JSON.stringify(delivery)
