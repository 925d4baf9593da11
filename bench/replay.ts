import { randomUUID } from 'node:crypto'
import { TableClient, type TransactionAction } from '@azure/data-tables'
import { QueueClient } from '@azure/storage-queue'
import { forEachInFlight, range, type Timing, timeEach } from './statistics.js'
import type { RowChange, StorageStep } from './storageRequests.js'

// Sends recorded requests again with the same SDKs, but without any of Ringback's logic.

const QUEUE = 'floor'
/** Sorts after all partitions of the service, so that its sweep does not list the rows. */
const PARTITION_PREFIX = '~'
/** A property holds 32 K characters (Azure Table Storage, data model), and the SDK does not split longer values. */
const MAX_PROPERTY_CHARACTERS = 32 * 1024
const PREPARE_IN_FLIGHT = 16

/** The requests of one operation, on rows of its own. */
type PreparedReplay = () => Promise<void>

export interface Replay {
  /** Creates the rows that the requests expect, and then replays the requests `count` times, so many at a time. */
  measure(steps: readonly (readonly StorageStep[])[], count: number, inFlight: number): Promise<Timing>
}

/**
 * Connects to tables and a queue of its own in the same storage, which the service does not use.
 *
 * @param tablePrefix how the names of the tables begin; if it is empty, they are those of the service, so that the
 * requests meet as many rows there as the service does
 */
export async function startReplay(connection: string, tablePrefix = 'floor'): Promise<Replay> {
  const tables = new Map<string, TableClient>()
  const queue = new QueueClient(connection, QUEUE)
  await queue.createIfNotExists()
  const openTable = async (name: string): Promise<TableClient> => {
    const known = tables.get(name)
    if (known) return known
    const table = TableClient.fromConnectionString(connection, `${tablePrefix}${name}`, {
      allowInsecureConnection: true,
    })
    await table.createTable()
    tables.set(name, table)
    return table
  }

  const prepareOne = async (steps: readonly (readonly StorageStep[])[]): Promise<PreparedReplay> => {
    const instance = PARTITION_PREFIX + randomUUID().slice(PARTITION_PREFIX.length)
    const etags = new Map<string, string>()
    for (const [table, partition, row, bytes] of listExpectedRows(steps)) {
      const client = await openTable(table)
      const { etag = '' } = await client.createEntity(toEntity(replacePartition(partition, instance), row, bytes))
      etags.set(`${table} ${partition} ${row}`, etag)
    }
    for (const step of steps.flat()) if (step.type !== 'send') await openTable(step.table)
    return async () => {
      for (const step of steps) await Promise.all(step.map((request) => sendStep(request, instance, etags)))
    }
  }

  const sendStep = async (step: StorageStep, instance: string, etags: ReadonlyMap<string, string>): Promise<void> => {
    if (step.type === 'send') {
      await queue.sendMessage('x'.repeat(step.bytes), { visibilityTimeout: step.delaySeconds })
      return
    }
    const table = await openTable(step.table)
    if (step.type === 'read') {
      const read = table.getEntity(replacePartition(step.partition, instance), step.row)
      await (step.bytes === undefined ? read.catch(ignoreMissing) : read)
      return
    }
    const actions = step.rows.map((change) => toAction(change, instance, etags.get(keyOf(step.table, change))))
    const [only] = actions
    if (actions.length === 1 && only) await sendOne(table, only)
    else await table.submitTransaction(actions)
  }

  return {
    async measure(steps, count, inFlight) {
      const prepared: PreparedReplay[] = []
      await forEachInFlight(range(count), PREPARE_IN_FLIGHT, async () => void prepared.push(await prepareOne(steps)))
      const timing = await timeEach(prepared, inFlight, (send) => send())
      await queue.clearMessages()
      return timing
    },
  }
}

/**
 * The key of a partition in one replay. It is as long as the recorded one: Azurite compares it with many others, and
 * keys of different lengths are different at once.
 */
const replacePartition = (partition: string, instance: string): string =>
  instance.slice(0, partition.length) + partition.slice(instance.length)

const keyOf = (table: string, { partition, row }: Pick<RowChange, 'partition' | 'row'>) =>
  `${table} ${partition} ${row}`

/** The rows that must exist before the requests: those that are read, replaced or deleted before they are inserted. */
function listExpectedRows(
  steps: readonly (readonly StorageStep[])[],
): (readonly [table: string, partition: string, row: string, bytes: number])[] {
  const rows = new Map<string, readonly [string, string, string, number]>()
  const inserted = new Set<string>()
  for (const { table, ...change } of steps.flat().flatMap(listUsedRows)) {
    const key = keyOf(table, change)
    if (change.action === 'insert' || change.action === 'put') inserted.add(key)
    else if (!inserted.has(key) && !rows.has(key)) rows.set(key, [table, change.partition, change.row, change.bytes])
  }
  return [...rows.values()]
}

/** The rows of a request. An existing row that is read is listed as a replaced one. */
function listUsedRows(step: StorageStep): readonly (RowChange & { readonly table: string })[] {
  if (step.type === 'send') return []
  if (step.type === 'write') return step.rows.map((change) => ({ ...change, table: step.table }))
  const { table, partition, row, bytes } = step
  return bytes === undefined ? [] : [{ action: 'replace', table, partition, row, bytes }]
}

function toEntity(partitionKey: string, rowKey: string, bytes: number) {
  const entity: { partitionKey: string; rowKey: string; [property: `d${number}`]: string } = { partitionKey, rowKey }
  for (let index = 0; index * MAX_PROPERTY_CHARACTERS < bytes; index++) {
    entity[`d${index}`] = 'x'.repeat(Math.min(MAX_PROPERTY_CHARACTERS, bytes - index * MAX_PROPERTY_CHARACTERS))
  }
  return entity
}

function toAction(change: RowChange, instance: string, etag: string | undefined): TransactionAction {
  const entity = toEntity(replacePartition(change.partition, instance), change.row, change.bytes)
  switch (change.action) {
    case 'insert':
      return ['create', entity]
    case 'put':
      return ['upsert', entity, 'Replace']
    case 'replace':
      return ['update', entity, 'Replace', { etag: etag ?? '*' }]
    case 'delete':
      return ['delete', entity]
  }
}

async function sendOne(table: TableClient, [type, entity, ...rest]: TransactionAction): Promise<void> {
  if (type === 'create') await table.createEntity(entity)
  else if (type === 'upsert') await table.upsertEntity(entity, 'Replace')
  else if (type === 'delete') await table.deleteEntity(entity.partitionKey, entity.rowKey)
  else await table.updateEntity(entity, 'Replace', rest[1] as { etag: string })
}

function ignoreMissing(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 404) throw error
}
