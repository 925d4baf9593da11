import type { Blobs } from './blobs.js'
import {
  assertValidWrites,
  compareKeys,
  type Row,
  type RowRange,
  type RowWrite,
  StorageConflict,
  type TableName,
  type Tables,
} from './tables.js'

/** A row as it is kept: undefined instead of its content when it was deleted. */
export interface StoredRow {
  readonly table: TableName
  readonly partitionKey: string
  readonly rowKey: string
  readonly stored?: { readonly json: string; readonly etag: string } | undefined
}

type Partition = Map<string, { readonly json: string; readonly etag: string }>

/**
 * Tables in memory: the storage of a process without Azure, and of simulations. A write happens in one turn of the
 * event loop, so no reader sees a part of it.
 */
export class MemoryTables implements Tables {
  readonly #tables = new Map<TableName, Map<string, Partition>>()
  readonly #record: (rows: readonly StoredRow[]) => void
  #version = 0

  /** @param record called with the rows of a write before they can be read; when it throws, nothing is written */
  constructor(record: (rows: readonly StoredRow[]) => void = () => undefined) {
    this.#record = record
  }

  async get<T>(table: TableName, partitionKey: string, rowKey: string): Promise<Row<T> | undefined> {
    const row = this.#tables.get(table)?.get(partitionKey)?.get(rowKey)
    return row && { partitionKey, rowKey, value: JSON.parse(row.json) as T, etag: row.etag }
  }

  async write(table: TableName, partitionKey: string, writes: readonly RowWrite[]): Promise<string[]> {
    assertValidWrites(writes)
    assertNoConflict(this.#tables.get(table)?.get(partitionKey), writes)
    const rows = writes.map((write) => {
      const key = { table, partitionKey, rowKey: write.rowKey }
      if (write.type === 'delete') return key
      return { ...key, stored: { json: JSON.stringify(write.value), etag: `W/"${++this.#version}"` } }
    })
    this.#record(rows)
    this.restore(rows)
    return rows.map((row) => ('stored' in row ? row.stored.etag : ''))
  }

  async list<T>(table: TableName, { from = '', to, rowsBefore, limit, after }: RowRange): Promise<Row<T>[]> {
    const rows: (Omit<Row, 'value'> & { json: string })[] = []
    for (const [partitionKey, partition] of this.#tables.get(table) ?? []) {
      if (partitionKey < from || partitionKey > to) continue
      for (const [rowKey, { json, etag }] of partition) {
        if (rowsBefore !== undefined && rowKey >= rowsBefore) continue
        rows.push({ partitionKey, rowKey, json, etag })
      }
    }
    const page = after ? rows.filter((row) => compareKeys(row, after) > 0) : rows
    const sorted = page.sort(compareKeys).slice(0, limit)
    return sorted.map(({ json, ...row }) => ({ ...row, value: JSON.parse(json) as T }))
  }

  /** Every row. */
  *rows(): Generator<StoredRow> {
    for (const [table, partitions] of this.#tables) {
      for (const [partitionKey, partition] of partitions) {
        for (const [rowKey, stored] of partition) yield { table, partitionKey, rowKey, stored }
      }
    }
  }

  /** Puts rows back as they were written, with their ETags. */
  restore(rows: Iterable<StoredRow>): void {
    for (const { table, partitionKey, rowKey, stored } of rows) {
      const partitions = getOrCreate(this.#tables, table, () => new Map<string, Partition>())
      const partition = getOrCreate(partitions, partitionKey, (): Partition => new Map())
      if (stored) {
        partition.set(rowKey, stored)
        this.#version = Math.max(this.#version, versionOf(stored.etag))
      } else partition.delete(rowKey)
      if (partition.size === 0) partitions.delete(partitionKey)
    }
  }
}

function assertNoConflict(partition: Partition | undefined, writes: readonly RowWrite[]): void {
  for (const write of writes) {
    const existing = partition?.get(write.rowKey)
    if (write.type === 'insert' && existing) throw new StorageConflict(`${write.rowKey} is there already`)
    if (write.type === 'replace' && existing?.etag !== write.etag) {
      throw new StorageConflict(`${write.rowKey} has changed`)
    }
    if (write.type === 'delete' && writes.length > 1 && !existing) throw new StorageConflict(`${write.rowKey} is gone`)
    if (write.type === 'delete' && write.etag && existing && existing.etag !== write.etag) {
      throw new StorageConflict(`${write.rowKey} has changed`)
    }
  }
}

const versionOf = (etag: string): number => Number(/\d+/.exec(etag)?.[0] ?? 0)

function getOrCreate<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const existing = map.get(key)
  if (existing !== undefined) return existing
  const created = create()
  map.set(key, created)
  return created
}

/** A blob as it is kept: undefined instead of its content when it was deleted. */
export interface StoredBlob {
  readonly name: string
  readonly content?: Uint8Array | undefined
}

/** Blobs in memory, the counterpart of MemoryTables. */
export class MemoryBlobs implements Blobs {
  readonly #contents = new Map<string, Uint8Array>()
  readonly #record: (blobs: readonly StoredBlob[]) => void

  /** @param record called with changed blobs before they can be read; when it throws, nothing is changed */
  constructor(record: (blobs: readonly StoredBlob[]) => void = () => undefined) {
    this.#record = record
  }

  async put(name: string, content: Uint8Array): Promise<void> {
    this.#change([{ name, content }])
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    return this.#contents.get(name)?.slice()
  }

  async deleteAll(prefix: string): Promise<void> {
    const deleted = this.names().filter((name) => name.startsWith(prefix))
    if (deleted.length > 0) this.#change(deleted.map((name) => ({ name })))
  }

  /** The names of all blobs. */
  names(): string[] {
    return [...this.#contents.keys()]
  }

  /** Every blob. */
  *blobs(): Generator<StoredBlob> {
    for (const [name, content] of this.#contents) yield { name, content }
  }

  /** Puts blobs back. */
  restore(blobs: Iterable<StoredBlob>): void {
    for (const { name, content } of blobs) {
      if (content) this.#contents.set(name, new Uint8Array(content))
      else this.#contents.delete(name)
    }
  }

  #change(blobs: readonly StoredBlob[]): void {
    this.#record(blobs)
    this.restore(blobs)
  }
}
