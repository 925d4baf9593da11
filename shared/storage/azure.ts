import {
  odata,
  RestError,
  TableClient,
  TableServiceClient,
  type TableServiceClientOptions,
  type TransactionAction,
} from '@azure/data-tables'
import type { TokenCredential } from '@azure/identity'
import { QueueClient } from '@azure/storage-queue'
import { poisonQueueOf, QUEUES, type QueueName, type Queues } from './queues.js'
import {
  checkWrites,
  type Row,
  type RowRange,
  type RowWrite,
  StorageConflict,
  StorageUnavailable,
  TABLES,
  type TableName,
  type Tables,
  toJson,
} from './tables.js'

/** A string property holds 64 KiB of UTF-16 (Azure Table Storage, data model). */
const MAX_PROPERTY_CHARACTERS = 32 * 1024
/** A request that takes longer has an unknown outcome. */
const REQUEST_TIMEOUT_MS = 10_000

// A repeated commit answers 412 to our own success, so writes are never repeated behind our back; the protocol decides.
const NO_TABLE_RETRIES = { retryOptions: { maxRetries: 0 } }
const NO_QUEUE_RETRIES = { retryOptions: { maxTries: 1 } }
const LOCAL_HTTP = { allowInsecureConnection: true }

/** Where the storage is: a connection string, or the addresses of its services on Azure, and who we are there. */
export type StorageAddress = string | IdentityAddress
interface IdentityAddress {
  readonly tableServiceUri: string
  readonly queueServiceUri: string
  readonly credential: TokenCredential
}

/**
 * Whether a connection string leads to the emulator, whose tables and queues nobody else creates. Azure's endpoints are
 * https, and all have `.core.` in their names, in every cloud.
 */
export function isEmulator(connectionString: StorageAddress): connectionString is string {
  if (typeof connectionString !== 'string') return false
  if (/Endpoint=[^;]*\.core\./i.test(connectionString)) return false
  return /UseDevelopmentStorage=true|AccountName=devstoreaccount1|TableEndpoint=http:\/\//i.test(connectionString)
}

export class AzureTables implements Tables {
  readonly #readers = new Map<TableName, TableClient>()
  readonly #writers = new Map<TableName, TableClient>()

  constructor(address: StorageAddress) {
    for (const table of TABLES) {
      this.#readers.set(table, tableClient(address, table, {}))
      this.#writers.set(table, tableClient(address, table, NO_TABLE_RETRIES))
    }
  }

  async get<T>(table: TableName, partitionKey: string, rowKey: string): Promise<Row<T> | undefined> {
    try {
      const entity = await client(this.#readers, table).getEntity(partitionKey, rowKey, timeout())
      return { partitionKey, rowKey, value: join<T>(entity), etag: entity.etag }
    } catch (error) {
      if (statusOf(error) === 404 && !isTableMissing(error)) return undefined
      throw unavailable(error)
    }
  }

  async write(table: TableName, partitionKey: string, writes: readonly RowWrite[]): Promise<string[]> {
    checkWrites(writes)
    const writer = client(this.#writers, table)
    const [only] = writes
    if (writes.length === 1 && only) return [await writeOne(writer, partitionKey, only)]
    try {
      const actions = writes.map((write) => action(partitionKey, write))
      const { subResponses } = await writer.submitTransaction(actions, timeout())
      return subResponses.map(({ etag }) => etag ?? '')
    } catch (error) {
      throw failure(error)
    }
  }

  async list<T>(table: TableName, { from = '', to, limit, after }: RowRange): Promise<Row<T>[]> {
    const range = odata`PartitionKey ge ${from} and PartitionKey le ${to}`
    const { partitionKey: partition = '', rowKey: last = '' } = after ?? {}
    const behind = odata`(PartitionKey gt ${partition} or (PartitionKey eq ${partition} and RowKey gt ${last}))`
    const filter = after ? `${range} and ${behind}` : range
    const rows: Row<T>[] = []
    try {
      for await (const entity of client(this.#readers, table).listEntities({
        queryOptions: { filter },
        ...timeout(),
      })) {
        const { partitionKey = '', rowKey = '', etag } = entity
        rows.push({ partitionKey, rowKey, value: join<T>(entity), etag })
        if (rows.length === limit) break
      }
      return rows
    } catch (error) {
      throw unavailable(error)
    }
  }
}

export class AzureQueues implements Queues {
  readonly #clients: Map<QueueName, QueueClient>

  constructor(address: StorageAddress) {
    this.#clients = new Map(QUEUES.map((queue) => [queue, queueClient(address, queue)]))
  }

  async send(queue: QueueName, message: object, delayMs: number): Promise<void> {
    // The queue trigger expects base64, and the JavaScript library does not encode.
    const text = Buffer.from(JSON.stringify(message)).toString('base64')
    try {
      await this.#clients.get(queue)?.sendMessage(text, {
        visibilityTimeout: Math.max(0, Math.floor(delayMs / 1000)),
        ...timeout(),
      })
    } catch (error) {
      throw unavailable(error)
    }
  }
}

/** Creates every table and queue that is not there. The real queue trigger does not create its queue. */
export async function createTablesAndQueues(connectionString: string): Promise<void> {
  const service = TableServiceClient.fromConnectionString(connectionString, LOCAL_HTTP)
  await Promise.all([
    ...TABLES.map((table) => service.createTable(table)),
    ...[...QUEUES, ...QUEUES.map(poisonQueueOf)].map((queue) =>
      new QueueClient(connectionString, queue).createIfNotExists(),
    ),
  ])
}

function tableClient(address: StorageAddress, table: TableName, options: TableServiceClientOptions): TableClient {
  if (typeof address === 'string')
    return TableClient.fromConnectionString(address, table, { ...LOCAL_HTTP, ...options })
  return new TableClient(address.tableServiceUri, table, address.credential, options)
}

function queueClient(address: StorageAddress, queue: QueueName): QueueClient {
  if (typeof address === 'string') return new QueueClient(address, queue, NO_QUEUE_RETRIES)
  return new QueueClient(`${address.queueServiceUri.replace(/\/$/, '')}/${queue}`, address.credential, NO_QUEUE_RETRIES)
}

function client(clients: Map<TableName, TableClient>, table: TableName): TableClient {
  const found = clients.get(table)
  if (!found) throw new Error(`no client for table ${table}`)
  return found
}

async function writeOne(writer: TableClient, partitionKey: string, write: RowWrite): Promise<string> {
  try {
    if (write.type === 'delete') {
      await writer.deleteEntity(partitionKey, write.rowKey, { etag: write.etag ?? '*', ...timeout() })
      return ''
    }
    const entity = split(partitionKey, write.rowKey, write.value)
    if (write.type === 'insert') return (await writer.createEntity(entity, timeout())).etag ?? ''
    if (write.type === 'put') return (await writer.upsertEntity(entity, 'Replace', timeout())).etag ?? ''
    return (await writer.updateEntity(entity, 'Replace', { etag: write.etag, ...timeout() })).etag ?? ''
  } catch (error) {
    if (write.type === 'delete' && statusOf(error) === 404) return ''
    throw failure(error)
  }
}

function action(partitionKey: string, write: RowWrite): TransactionAction {
  switch (write.type) {
    case 'insert':
      return ['create', split(partitionKey, write.rowKey, write.value)]
    case 'put':
      return ['upsert', split(partitionKey, write.rowKey, write.value), 'Replace']
    case 'replace':
      return ['update', split(partitionKey, write.rowKey, write.value), 'Replace', { etag: write.etag }]
    case 'delete':
      return ['delete', { partitionKey, rowKey: write.rowKey }]
  }
}

/** JSON over as many properties as it needs: d0, d1 ... */
function split(partitionKey: string, rowKey: string, value: unknown) {
  const json = toJson(value)
  const entity: { partitionKey: string; rowKey: string; [property: `d${number}`]: string } = { partitionKey, rowKey }
  for (let index = 0; index * MAX_PROPERTY_CHARACTERS < json.length; index++) {
    entity[`d${index}`] = json.slice(index * MAX_PROPERTY_CHARACTERS, (index + 1) * MAX_PROPERTY_CHARACTERS)
  }
  return entity
}

function join<T>(entity: object): T {
  const properties = entity as Record<string, unknown>
  let json = ''
  for (let index = 0; typeof properties[`d${index}`] === 'string'; index++) json += properties[`d${index}`]
  return JSON.parse(json) as T
}

const timeout = () => ({ abortSignal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
const statusOf = (error: unknown): number | undefined => (error instanceof RestError ? error.statusCode : undefined)

function failure(error: unknown): Error {
  const status = statusOf(error)
  if ((status === 412 || status === 409 || status === 404) && !isTableMissing(error))
    return new StorageConflict(String(error))
  return unavailable(error)
}

/** Not to be taken for a row that is not there. */
const isTableMissing = (error: unknown): boolean => /TableNotFound|TableBeingDeleted/.test(String(error))

/** A request that was wrong stays what it is; everything else is the storage's failure to answer. */
function unavailable(error: unknown): Error {
  const status = statusOf(error)
  const isOurs = status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429
  if (isOurs && !isTableMissing(error)) return error as Error
  return new StorageUnavailable('Azure Storage did not answer.', { cause: error })
}
