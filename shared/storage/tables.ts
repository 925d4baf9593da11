/** The tables that Ringback keeps its state in. */
export const TABLES = ['calls', 'callIndex', 'watch', 'bots', 'rateLimits'] as const
export type TableName = (typeof TABLES)[number]

/** One write of a transaction. `value` is any JSON value. */
export type RowWrite =
  | { readonly type: 'insert'; readonly rowKey: string; readonly value: unknown }
  | { readonly type: 'replace'; readonly rowKey: string; readonly value: unknown; readonly etag: string }
  /** Inserts or replaces, whatever is there. */
  | { readonly type: 'put'; readonly rowKey: string; readonly value: unknown }
  /** Deletes if it is there, and with `etag` only if nobody has written it since. Only alone, not in a transaction. */
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
  readonly limit: number
  /** Begins behind this row, as the last of the page before. */
  readonly after?: { readonly partitionKey: string; readonly rowKey: string }
}

/** Azure limits a transaction to this many rows (Azure Table Storage, entity group transactions). */
const MAX_TRANSACTION_ROWS = 100
/** Azure's limit for one row is 1 MiB, keys and names of properties included: these have the rest. */
const MAX_ROW_BYTES = 1000 * 1024
/**
 * As far as a command may let a row grow. The rest is for what must always be possible: to connect, to hang up, to end, and
 * to announce the whole roster, which takes about twice the room that the call itself has for it.
 */
const MAX_GROWN_ROW_BYTES = 400 * 1024
/** Azure's limit for the whole of a transaction. */
const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024

/**
 * Table Storage as Ringback uses it: rows of JSON under a partition key and a row key. Azure Storage and the in-memory
 * twin implement it, and one contract suite holds both to it.
 */
export interface Tables {
  get<T>(table: TableName, partitionKey: string, rowKey: string): Promise<Row<T> | undefined>
  /**
   * Writes all of the rows, which share a partition, or none. Returns their new etags in the same order.
   *
   * @throws StorageConflict when a row was changed, is there already, or is gone: nothing was written
   * @throws StorageUnavailable when the outcome is not known: all or nothing was written
   */
  write(table: TableName, partitionKey: string, writes: readonly RowWrite[]): Promise<string[]>
  /** The rows of a range of partitions, in the order of their keys. */
  list<T>(table: TableName, range: RowRange): Promise<Row<T>[]>
}

/**
 * A value as it is stored: JSON in ASCII alone. Azurite spoils a character that lies across two pieces of a request, and
 * fails a transaction that holds a U+2028.
 */
export function toJson(value: unknown): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value).replace(/[\u0080-\uffff]/g, escaped)
}

/** Azure counts strings as UTF-16. */
const bytesOf = (value: unknown): number => toJson(value).length * 2

/** @throws TooLarge when a row has grown so far that no command may let it grow */
export function checkGrowth(value: unknown): void {
  if (bytesOf(value) > MAX_GROWN_ROW_BYTES) throw new TooLarge(`the row is over ${MAX_GROWN_ROW_BYTES} bytes`)
}

/**
 * Refuses what Azure would refuse, so that the emulator and the twin, which count otherwise, do so too.
 *
 * @throws TooLarge; any other Error is a mistake of ours
 */
export function checkWrites(writes: readonly RowWrite[]): void {
  if (writes.length > MAX_TRANSACTION_ROWS) throw new Error(`a transaction has at most ${MAX_TRANSACTION_ROWS} rows`)
  if (new Set(writes.map(({ rowKey }) => rowKey)).size < writes.length) throw new Error('a row is written twice')
  let total = 0
  for (const write of writes) {
    if (write.type === 'delete') {
      if (writes.length > 1) throw new Error('a row is deleted alone, not in a transaction')
      continue
    }
    const bytes = bytesOf(write.value)
    if (bytes > MAX_ROW_BYTES) throw new TooLarge(`row ${write.rowKey} is over ${MAX_ROW_BYTES} bytes`)
    total += bytes
  }
  if (total > MAX_TRANSACTION_BYTES) throw new TooLarge(`a transaction has at most ${MAX_TRANSACTION_BYTES} bytes`)
}

/** Somebody else was faster: read again and decide again. */
export class StorageConflict extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StorageConflict'
  }
}

/** More than Azure takes into one row or one transaction. */
export class TooLarge extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TooLarge'
  }
}

/** The storage did not answer, or not in time. What was asked of it may have happened. */
export class StorageUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StorageUnavailable'
  }
}
