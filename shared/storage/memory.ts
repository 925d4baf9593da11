import type { Blobs } from './blobs.js'
import type { QueueMessages, QueueName, Queues } from './queues.js'
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

/** The in-memory twin of AzureTables, for simulations that control time and faults. */
export class MemoryTables implements Tables {
  readonly #rows = new Map<string, Map<string, { json: string; etag: string }>>()
  #version = 0

  async get<T>(table: TableName, partitionKey: string, rowKey: string): Promise<Row<T> | undefined> {
    const row = this.#partition(table, partitionKey).get(rowKey)
    return row && { partitionKey, rowKey, value: JSON.parse(row.json) as T, etag: row.etag }
  }

  async write(table: TableName, partitionKey: string, writes: readonly RowWrite[]): Promise<string[]> {
    assertValidWrites(writes)
    const partition = this.#partition(table, partitionKey)
    for (const write of writes) {
      const existing = partition.get(write.rowKey)
      if (write.type === 'insert' && existing) throw new StorageConflict(`${write.rowKey} is there already`)
      if (write.type === 'replace' && existing?.etag !== write.etag) {
        throw new StorageConflict(`${write.rowKey} has changed`)
      }
      if (write.type === 'delete' && writes.length > 1 && !existing)
        throw new StorageConflict(`${write.rowKey} is gone`)
      if (write.type === 'delete' && write.etag && existing && existing.etag !== write.etag) {
        throw new StorageConflict(`${write.rowKey} has changed`)
      }
    }
    return writes.map((write) => {
      if (write.type === 'delete') {
        partition.delete(write.rowKey)
        return ''
      }
      const etag = `W/"${++this.#version}"`
      partition.set(write.rowKey, { json: JSON.stringify(write.value), etag })
      return etag
    })
  }

  async list<T>(table: TableName, { from = '', to, rowsBefore, limit, after }: RowRange): Promise<Row<T>[]> {
    const rows: Row<T>[] = []
    for (const [key, partition] of this.#rows) {
      const [name, partitionKey = ''] = key.split('\n')
      if (name !== table || partitionKey < from || partitionKey > to) continue
      for (const [rowKey, { json, etag }] of partition) {
        if (rowsBefore !== undefined && rowKey >= rowsBefore) continue
        rows.push({ partitionKey, rowKey, value: JSON.parse(json) as T, etag })
      }
    }
    const page = after ? rows.filter((row) => compareKeys(row, after) > 0) : rows
    return page.sort(compareKeys).slice(0, limit)
  }

  #partition(table: TableName, partitionKey: string) {
    const key = `${table}\n${partitionKey}`
    const partition = this.#rows.get(key) ?? new Map<string, { json: string; etag: string }>()
    this.#rows.set(key, partition)
    return partition
  }
}

/** A message, its queue, and its delay in milliseconds. */
export interface SentMessage {
  readonly queue: QueueName
  readonly message: QueueMessages[QueueName]
  readonly delayMs: number
}

/** The in-memory twin of AzureQueues. `take` returns the messages that were sent since the last call. */
export class MemoryQueues implements Queues {
  #sent: SentMessage[] = []

  async send<Q extends QueueName>(queue: Q, message: QueueMessages[Q], delayMs: number): Promise<void> {
    this.#sent.push({ queue, message, delayMs: Math.max(0, Math.floor(delayMs / 1000) * 1000) })
  }

  take(): SentMessage[] {
    const sent = this.#sent
    this.#sent = []
    return sent
  }
}

/** The in-memory twin of AzureBlobs. */
export class MemoryBlobs implements Blobs {
  readonly #contents = new Map<string, Uint8Array>()

  async put(name: string, content: Uint8Array): Promise<void> {
    this.#contents.set(name, content.slice())
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    return this.#contents.get(name)?.slice()
  }

  async deleteAll(prefix: string): Promise<void> {
    for (const name of this.#contents.keys()) {
      if (name.startsWith(prefix)) this.#contents.delete(name)
    }
  }

  /** The names of all blobs. */
  names(): string[] {
    return [...this.#contents.keys()]
  }
}
