/** The tables that Ringback keeps its state in. */
export const TABLES = ['calls', 'callIndex', 'watch', 'bots'] as const
export type TableName = (typeof TABLES)[number]

/** One write of a transaction. `value` is any JSON value. */
export type RowWrite =
  | { readonly type: 'insert'; readonly rowKey: string; readonly value: unknown }
  | { readonly type: 'replace'; readonly rowKey: string; readonly value: unknown; readonly etag: string }
  /** Inserts or replaces, whatever is there. */
  | { readonly type: 'put'; readonly rowKey: string; readonly value: unknown }
  /** Deletes if it is there. Only alone, not in a transaction. */
  | { readonly type: 'delete'; readonly rowKey: string }

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
}

/** Azure limits a transaction to this many rows (Azure Table Storage, entity group transactions). */
export const MAX_TRANSACTION_ROWS = 100
/** Azure's limit for one row, and for the whole of a transaction. */
export const MAX_ROW_BYTES = 1024 * 1024
export const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024

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

/** Somebody else was faster: read again and decide again. */
export class StorageConflict extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StorageConflict'
  }
}

/** The storage did not answer, or not in time. What was asked of it may have happened. */
export class StorageUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StorageUnavailable'
  }
}
