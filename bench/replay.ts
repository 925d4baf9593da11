import { randomUUID } from 'node:crypto'
import { TableClient, type TransactionAction } from '@azure/data-tables'
import { type DequeuedMessageItem, QueueClient } from '@azure/storage-queue'
import { forEachInFlight, range, type Timing, timeEach } from './statistics.js'
import type { RowChange, StorageStep } from './storageRequests.js'

// Sends recorded requests again with the same SDKs, but without any of Ringback's logic.

const QUEUE = 'floor'
/** Sorts after all partitions of the service, so that its sweep does not list the rows. */
const PARTITION_PREFIX = '~'
/** A property holds 32 K characters (Azure Table Storage, data model), and the SDK does not split longer values. */
const MAX_PROPERTY_CHARACTERS = 32 * 1024
const PREPARE_IN_FLIGHT = 16
/** How long a received message is hidden (local-host/queues.ts). */
const LEASE_SECONDS = 10 * 60

/** The requests of one operation, on rows of its own. */
type PreparedReplay = () => Promise<void>

/** What the requests of one operation have left for the later ones. */
interface ReplayState {
  /** Replaces the first characters of the keys of its partitions. */
  readonly instance: string
  /** The ETags of its rows. */
  readonly etags: Map<string, string>
  message?: DequeuedMessageItem
}

interface ReplayLoad {
  /** How many replays run at a time. */
  readonly inFlight: number
  /** The pause before each replay, which is not measured. */
  readonly pauseMs?: number
}

export interface Replay {
  /** Creates the rows that the requests expect, and then replays the requests `count` times. */
  measure(steps: readonly (readonly StorageStep[])[], count: number, load: ReplayLoad): Promise<Timing>
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
    const state: ReplayState = { instance, etags: new Map() }
    for (const [table, partition, row, bytes] of listExpectedRows(steps)) {
      const client = await openTable(table)
      const { etag = '' } = await client.createEntity(toEntity(replacePartition(partition, instance), row, bytes))
      state.etags.set(keyOf(table, { partition, row }), etag)
    }
    for (const step of steps.flat()) {
      if (step.type === 'read' || step.type === 'write') await openTable(step.table)
      if (step.type === 'receive') await queue.sendMessage('x'.repeat(step.bytes))
    }
    return async () => {
      for (const step of steps) await Promise.all(step.map((request) => sendStep(request, state)))
    }
  }

  const sendStep = async (step: StorageStep, state: ReplayState): Promise<void> => {
    switch (step.type) {
      case 'send':
        await queue.sendMessage('x'.repeat(step.bytes), { visibilityTimeout: step.delaySeconds })
        return
      case 'receive': {
        const { receivedMessageItems } = await queue.receiveMessages({ visibilityTimeout: LEASE_SECONDS })
        const [message] = receivedMessageItems
        if (!message) throw new Error('the queue of the floor has no message')
        state.message = message
        return
      }
      case 'remove':
        await queue.deleteMessage(state.message?.messageId ?? '', state.message?.popReceipt ?? '')
        return
      case 'read':
        return readRow(await openTable(step.table), step, state)
      case 'write':
        return writeRows(await openTable(step.table), step, state)
    }
  }

  return {
    async measure(steps, count, { inFlight, pauseMs = 0 }) {
      const prepared: PreparedReplay[] = []
      await forEachInFlight(range(count), PREPARE_IN_FLIGHT, async () => void prepared.push(await prepareOne(steps)))
      const timing = await timeEach(prepared, inFlight, (send) => send(), pauseMs)
      await queue.clearMessages()
      return timing
    },
  }
}

async function readRow(table: TableClient, step: StorageStep & { type: 'read' }, { instance }: ReplayState) {
  const read = table.getEntity(replacePartition(step.partition, instance), step.row)
  await (step.bytes === undefined ? read.catch(ignoreMissing) : read)
}

async function writeRows(
  table: TableClient,
  { table: name, rows }: StorageStep & { type: 'write' },
  { instance, etags }: ReplayState,
): Promise<void> {
  const actions = rows.map((change) => toAction(change, instance, etags.get(keyOf(name, change))))
  const [only] = actions
  const [change] = rows
  if (actions.length !== 1 || !only || !change) {
    await table.submitTransaction(actions)
    return
  }
  const etag = await sendOne(table, only)
  if (etag !== undefined) etags.set(keyOf(name, change), etag)
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
  if (step.type === 'write') return step.rows.map((change) => ({ ...change, table: step.table }))
  if (step.type !== 'read') return []
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

/** Returns the new ETag of the row, if it exists. */
async function sendOne(table: TableClient, [type, entity, ...rest]: TransactionAction): Promise<string | undefined> {
  if (type === 'create') return (await table.createEntity(entity)).etag
  if (type === 'upsert') return (await table.upsertEntity(entity, 'Replace')).etag
  if (type === 'update') return (await table.updateEntity(entity, 'Replace', rest[1] as { etag: string })).etag
  await table.deleteEntity(entity.partitionKey, entity.rowKey)
  return undefined
}

function ignoreMissing(error: unknown): void {
  if ((error as { statusCode?: number }).statusCode !== 404) throw error
}
