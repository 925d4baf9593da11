import type { QueueName, Queues } from './queues.js'
import {
  checkWrites,
  type Row,
  type RowRange,
  type RowWrite,
  StorageConflict,
  type TableName,
  type Tables,
} from './tables.js'

/** The twin of AzureTables in memory, for simulations that control time and faults. */
export class MemoryTables implements Tables {
  readonly #rows = new Map<string, Map<string, { json: string; etag: string }>>()
  #version = 0

  async get<T>(table: TableName, partitionKey: string, rowKey: string): Promise<Row<T> | undefined> {
    const row = this.#partition(table, partitionKey).get(rowKey)
    return row && { partitionKey, rowKey, value: JSON.parse(row.json) as T, etag: row.etag }
  }

  async write(table: TableName, partitionKey: string, writes: readonly RowWrite[]): Promise<string[]> {
    checkWrites(writes)
    const partition = this.#partition(table, partitionKey)
    for (const write of writes) {
      const present = partition.get(write.rowKey)
      if (write.type === 'insert' && present) throw new StorageConflict(`${write.rowKey} is there already`)
      if (write.type === 'replace' && present?.etag !== write.etag) {
        throw new StorageConflict(`${write.rowKey} has changed`)
      }
      if (write.type === 'delete' && write.etag && present && present.etag !== write.etag) {
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

  async list<T>(table: TableName, { from = '', to, limit, after }: RowRange): Promise<Row<T>[]> {
    const rows: Row<T>[] = []
    for (const [key, partition] of this.#rows) {
      const [name, partitionKey = ''] = key.split('\n')
      if (name !== table || partitionKey < from || partitionKey > to) continue
      for (const [rowKey, { json, etag }] of partition) {
        rows.push({ partitionKey, rowKey, value: JSON.parse(json) as T, etag })
      }
    }
    const behind = after ? rows.filter((row) => byKeys(row, after) > 0) : rows
    return behind.sort(byKeys).slice(0, limit)
  }

  #partition(table: TableName, partitionKey: string) {
    const key = `${table}\n${partitionKey}`
    const partition = this.#rows.get(key) ?? new Map<string, { json: string; etag: string }>()
    this.#rows.set(key, partition)
    return partition
  }
}

/** The twin of AzureQueues in memory. `take` gives what has been sent and forgets it. */
export class MemoryQueues implements Queues {
  #sent: { queue: QueueName; message: object; delayMs: number }[] = []

  async send(queue: QueueName, message: object, delayMs: number): Promise<void> {
    this.#sent.push({ queue, message, delayMs: Math.max(0, Math.floor(delayMs / 1000) * 1000) })
  }

  take(): { queue: QueueName; message: object; delayMs: number }[] {
    const sent = this.#sent
    this.#sent = []
    return sent
  }
}

type Keys = Pick<Row, 'partitionKey' | 'rowKey'>
const byKeys = (a: Keys, b: Keys) => compare(a.partitionKey, b.partitionKey) || compare(a.rowKey, b.rowKey)
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
