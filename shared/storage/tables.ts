/** The tables that hold the state of Ringback. */
export const TABLES = ['calls', 'callIndex', 'watchdog', 'bots', 'meetings', 'rateLimits'] as const
export type TableName = (typeof TABLES)[number]

/** One write of a transaction. `value` is any JSON value. */
export type RowWrite =
  | { readonly type: 'insert'; readonly rowKey: string; readonly value: unknown }
  | { readonly type: 'replace'; readonly rowKey: string; readonly value: unknown; readonly etag: string }
  /** Inserts or replaces unconditionally. */
  | { readonly type: 'put'; readonly rowKey: string; readonly value: unknown }
  /**
   * Deletes the row if it exists; with `etag` only if it has not changed since. A transaction with several deletes has
   * no other writes and no etags, and conflicts when a row is missing.
   */
  | { readonly type: 'delete'; readonly rowKey: string; readonly etag?: string }

export interface Row<T = unknown> {
  readonly partitionKey: string
  readonly rowKey: string
  readonly value: T
  readonly etag: string
}

export interface RowRange {
  /** Inclusive bounds on the partition key. */
  readonly from?: string
  readonly to: string
  /** Exclusive bound on the row key. */
  readonly rowsBefore?: string
  /** The most rows to return; all rows if absent. */
  readonly limit?: number
  /** The last row of the previous page: the list starts after it. */
  readonly after?: { readonly partitionKey: string; readonly rowKey: string }
}

/** Azure limits a transaction to this many rows (Azure Table Storage, entity group transactions). */
export const MAX_TRANSACTION_ROWS = 100
/** Azure limits a row to 1 MiB (Azure Table Storage, data model). Keys and property names get the other 24 KiB. */
const MAX_ROW_BYTES = 1000 * 1024
/**
 * A command must not let a row grow beyond this. The rest of the row is for what must always be possible: to connect,
 * to hang up, to end, and to notify the bot of the whole roster, which takes about twice as much space as in the call.
 */
const MAX_GROWN_ROW_BYTES = 400 * 1024
/** Azure limits the payload of a transaction to this (Azure Table Storage, entity group transactions). */
const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024

/**
 * Table Storage as Ringback uses it: rows of JSON under a partition key and a row key. Azure Storage and an in-memory
 * twin implement it, and one suite of contract tests runs against both.
 */
export interface Tables {
  get<T>(table: TableName, partitionKey: string, rowKey: string): Promise<Row<T> | undefined>
  /**
   * Writes all rows, which share a partition, or none of them. Returns their new ETags in the same order.
   *
   * @throws StorageConflict when a row has changed, exists already or is gone; nothing was written
   * @throws StorageUnavailable when the outcome is unknown; all rows were written or none
   * @throws RowTooLarge when a row or the transaction exceeds the limits of Azure; nothing was written
   */
  write(table: TableName, partitionKey: string, writes: readonly RowWrite[]): Promise<string[]>
  /** Lists the rows of a range of partitions, sorted by partition key and row key. */
  list<T>(table: TableName, range: RowRange): Promise<Row<T>[]>
}

type Keys = Pick<Row, 'partitionKey' | 'rowKey'>
/** Compares rows in the order of a list. */
export const compareKeys = (a: Keys, b: Keys): number =>
  compare(a.partitionKey, b.partitionKey) || compare(a.rowKey, b.rowKey)
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/**
 * Serializes a value as it is stored: as JSON in pure ASCII. Azurite corrupts a character that is split between two
 * chunks of a request, and fails a transaction that contains U+2028.
 */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value)
  // Most values are ASCII already, and the search for other characters takes as long as JSON.stringify.
  if (Buffer.byteLength(json) === json.length) return json
  return json.replace(/[\u0080-\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Counts the bytes of a value as Azure does: strings are UTF-16. */
export const countBytes = (value: unknown): number => toJson(value).length * 2

/** @throws RowTooLarge when a row is larger than a command may let it grow */
export function assertWithinGrowthLimit(value: unknown): void {
  if (countBytes(value) > MAX_GROWN_ROW_BYTES) throw new RowTooLarge(`the row is over ${MAX_GROWN_ROW_BYTES} bytes`)
}

/**
 * Rejects what Azure would reject, so that the emulator and the in-memory twin, which count differently, reject it too.
 *
 * @throws RowTooLarge; any other Error is a bug in Ringback
 */
export function assertValidWrites(writes: readonly RowWrite[]): void {
  if (writes.length > MAX_TRANSACTION_ROWS) {
    throw new Error(`the transaction has ${writes.length} rows, more than ${MAX_TRANSACTION_ROWS}`)
  }
  if (new Set(writes.map(({ rowKey }) => rowKey)).size < writes.length) {
    throw new Error('the transaction writes a row twice')
  }
  assertOnlyDeletes(writes)
  let total = 0
  for (const write of writes) {
    if (write.type === 'delete') continue
    const bytes = countBytes(write.value)
    if (bytes > MAX_ROW_BYTES) throw new RowTooLarge(`row ${write.rowKey} is over ${MAX_ROW_BYTES} bytes`)
    total += bytes
  }
  if (total > MAX_TRANSACTION_BYTES) throw new RowTooLarge(`the transaction is over ${MAX_TRANSACTION_BYTES} bytes`)
}

/** The library cannot delete under an etag in a transaction. */
function assertOnlyDeletes(writes: readonly RowWrite[]): void {
  const deletes = writes.filter((write) => write.type === 'delete')
  if (deletes.length === 0 || writes.length === 1) return
  if (deletes.length < writes.length) throw new Error('the transaction deletes a row and writes others')
  if (deletes.some(({ etag }) => etag !== undefined)) throw new Error('the transaction deletes a row under an etag')
}

/** An optimistic concurrency conflict: another writer was first. Read again and decide again. */
export class StorageConflict extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StorageConflict'
  }
}

/** A row or a transaction exceeds its size limit. */
export class RowTooLarge extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RowTooLarge'
  }
}

/** The storage did not answer in time, or failed. The outcome of the request is unknown. */
export class StorageUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StorageUnavailable'
  }
}

/** Other writers were first in every try. Nothing was changed; the same request may succeed later. */
export class TooManyConflicts extends StorageUnavailable {
  constructor(message: string) {
    super(message)
    this.name = 'TooManyConflicts'
  }
}
