import {
  odata,
  RestError,
  TableClient,
  TableServiceClient,
  type TableServiceClientOptions,
  type TransactionAction,
} from '@azure/data-tables'
import type { TokenCredential } from '@azure/identity'
import type { ContainerClient } from '@azure/storage-blob'
import { QueueClient, QueueServiceClient } from '@azure/storage-queue'
import { BLOB_CONTAINER, type Blobs } from './blobs.js'
import { poisonQueueOf, QUEUES, type QueueMessages, type QueueName, type Queues } from './queues.js'
import {
  assertValidWrites,
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

/** A string property holds at most 64 KiB of UTF-16 (Azure Table Storage, data model). */
const MAX_PROPERTY_CHARACTERS = 32 * 1024
/** A request that takes longer is aborted, and its outcome is unknown. */
const REQUEST_TIMEOUT_MS = 10_000

// The SDK must not retry writes: the retry of a commit that succeeded returns 412. The protocol decides what to retry.
const NO_TABLE_RETRIES = { retryOptions: { maxRetries: 0 } }
const NO_QUEUE_RETRIES = { retryOptions: { maxTries: 1 } }
const NO_BLOB_RETRIES = { retryOptions: { maxTries: 1 } }
const LOCAL_HTTP = { allowInsecureConnection: true }

/** The location of the storage: a connection string, or the URIs of its services on Azure and the app's identity. */
export type StorageAddress = string | (IdentityAddress & { readonly queueServiceUri: string })
/** The same for an account without queues. */
export type DataAddress = string | IdentityAddress
interface IdentityAddress {
  readonly blobServiceUri: string
  readonly tableServiceUri: string
  readonly credential: TokenCredential
}

/**
 * Returns whether the storage is the emulator, in which Ringback itself creates the tables and queues. Azure's
 * endpoints use https, and their names contain `.core.` in every cloud.
 */
export function isEmulator(address: DataAddress): address is string {
  if (typeof address !== 'string') return false
  if (/Endpoint=[^;]*\.core\./i.test(address)) return false
  return /UseDevelopmentStorage=true|AccountName=devstoreaccount1|TableEndpoint=http:\/\//i.test(address)
}

/** Azure Table Storage. Reads use the retries of the SDK; writes are sent once. */
export class AzureTables implements Tables {
  readonly #readers = new Map<TableName, TableClient>()
  readonly #writers = new Map<TableName, TableClient>()

  constructor(address: DataAddress) {
    for (const table of TABLES) {
      this.#readers.set(table, tableClient(address, table, {}))
      this.#writers.set(table, tableClient(address, table, NO_TABLE_RETRIES))
    }
  }

  async get<T>(table: TableName, partitionKey: string, rowKey: string): Promise<Row<T> | undefined> {
    try {
      const entity = await clientOf(this.#readers, table).getEntity(partitionKey, rowKey, newTimeout())
      return { partitionKey, rowKey, value: parseEntity<T>(entity), etag: entity.etag }
    } catch (error) {
      if (statusOf(error) === 404 && !isStorageMissing(error)) return undefined
      throw toStorageError(error)
    }
  }

  async write(table: TableName, partitionKey: string, writes: readonly RowWrite[]): Promise<string[]> {
    assertValidWrites(writes)
    const writer = clientOf(this.#writers, table)
    const [only] = writes
    if (writes.length === 1 && only) return [await writeOne(writer, partitionKey, only)]
    try {
      const actions = writes.map((write) => toAction(partitionKey, write))
      const { subResponses } = await writer.submitTransaction(actions, newTimeout())
      assertAllWritten(subResponses, writes.length)
      return subResponses.map(({ etag }) => etag ?? '')
    } catch (error) {
      throw toWriteError(error)
    }
  }

  async list<T>(table: TableName, { from = '', to, rowsBefore, limit, after }: RowRange): Promise<Row<T>[]> {
    const partitions = odata`PartitionKey ge ${from} and PartitionKey le ${to}`
    const range = rowsBefore === undefined ? partitions : `${partitions} and ${odata`RowKey lt ${rowsBefore}`}`
    const { partitionKey: partition = '', rowKey: lastRow = '' } = after ?? {}
    const isAfter = odata`(PartitionKey gt ${partition} or (PartitionKey eq ${partition} and RowKey gt ${lastRow}))`
    const filter = after ? `${range} and ${isAfter}` : range
    const rows: Row<T>[] = []
    try {
      const options = { queryOptions: { filter }, ...newTimeout() }
      for await (const entity of clientOf(this.#readers, table).listEntities(options)) {
        const { partitionKey = '', rowKey = '', etag } = entity
        rows.push({ partitionKey, rowKey, value: parseEntity<T>(entity), etag })
        if (rows.length === limit) break
      }
      return rows
    } catch (error) {
      throw toStorageError(error)
    }
  }
}

/** Azure Queue Storage. A message is sent once, without retries: the sweep finds the work of a lost wake-up. */
export class AzureQueues implements Queues {
  readonly #clients: Map<QueueName, QueueClient>

  constructor(address: StorageAddress) {
    this.#clients = new Map(QUEUES.map((queue) => [queue, queueClient(address, queue)]))
  }

  async send<Q extends QueueName>(queue: Q, message: QueueMessages[Q], delayMs: number): Promise<void> {
    // The queue trigger expects base64, and the JavaScript SDK does not encode messages.
    const text = Buffer.from(JSON.stringify(message)).toString('base64')
    try {
      await this.#clients.get(queue)?.sendMessage(text, {
        visibilityTimeout: Math.max(0, Math.floor(delayMs / 1000)),
        ...newTimeout(),
      })
    } catch (error) {
      throw toStorageError(error)
    }
  }
}

/** Azure Blob Storage. Requests are sent once, without retries: the client of the API repeats a request that failed. */
export class AzureBlobs implements Blobs {
  readonly #address: DataAddress
  #container: Promise<ContainerClient> | undefined

  constructor(address: DataAddress) {
    this.#address = address
  }

  async put(name: string, content: Uint8Array): Promise<void> {
    try {
      const blob = (await this.#open()).getBlockBlobClient(name)
      await blob.upload(content, content.length, newTimeout())
    } catch (error) {
      throw toStorageError(error)
    }
  }

  async get(name: string): Promise<Uint8Array | undefined> {
    try {
      const blob = (await this.#open()).getBlobClient(name)
      return await blob.downloadToBuffer(0, undefined, newTimeout())
    } catch (error) {
      if (statusOf(error) === 404 && !isStorageMissing(error)) return undefined
      throw toStorageError(error)
    }
  }

  async deleteAll(prefix: string): Promise<void> {
    try {
      const container = await this.#open()
      for await (const { name } of container.listBlobsFlat({ prefix, ...newTimeout() })) {
        await container.getBlobClient(name).deleteIfExists(newTimeout())
      }
    } catch (error) {
      throw toStorageError(error)
    }
  }

  /** Loads the client with the first request, not at startup: the library is large, and few calls are recorded. */
  #open(): Promise<ContainerClient> {
    this.#container ??= openContainer(this.#address).catch((error) => {
      this.#container = undefined
      throw error
    })
    return this.#container
  }
}

async function openContainer(address: DataAddress): Promise<ContainerClient> {
  const { BlobServiceClient } = await import('@azure/storage-blob')
  const service =
    typeof address === 'string'
      ? BlobServiceClient.fromConnectionString(address, NO_BLOB_RETRIES)
      : new BlobServiceClient(address.blobServiceUri, address.credential, NO_BLOB_RETRIES)
  const container = service.getContainerClient(BLOB_CONTAINER)
  // On Azure the deployment creates it.
  if (isEmulator(address)) await container.createIfNotExists(newTimeout())
  return container
}

/**
 * Creates the tables and the queues that are missing in the emulator: the real host's queue trigger does not create its
 * queue. The blob container is created when it is used. Most starts find everything, with two requests.
 */
export async function createStorage(connectionString: string): Promise<void> {
  await Promise.all([createMissingTables(connectionString), createMissingQueues(connectionString)])
}

async function createMissingTables(connectionString: string): Promise<void> {
  const service = TableServiceClient.fromConnectionString(connectionString, LOCAL_HTTP)
  const existing = await listNames(service.listTables())
  const missing = TABLES.filter((table) => !existing.includes(table))
  await Promise.all(missing.map((table) => service.createTable(table)))
}

async function createMissingQueues(connectionString: string): Promise<void> {
  const service = QueueServiceClient.fromConnectionString(connectionString)
  const existing = await listNames(service.listQueues())
  const missing = [...QUEUES, ...QUEUES.map(poisonQueueOf)].filter((queue) => !existing.includes(queue))
  await Promise.all(missing.map((queue) => service.getQueueClient(queue).createIfNotExists()))
}

async function listNames(items: AsyncIterable<{ readonly name?: string }>): Promise<(string | undefined)[]> {
  const names: (string | undefined)[] = []
  for await (const { name } of items) names.push(name)
  return names
}

/**
 * Creates the tables and the blob container that are missing in any account, for a service without queues. Where the
 * connection string does not allow that, they must exist.
 */
export async function createDataStorage(connectionString: string): Promise<void> {
  const { BlobServiceClient } = await import('@azure/storage-blob')
  const blobs = BlobServiceClient.fromConnectionString(connectionString, NO_BLOB_RETRIES)
  const container = blobs.getContainerClient(BLOB_CONTAINER)
  const tables = TableServiceClient.fromConnectionString(connectionString, LOCAL_HTTP)
  const creations: Promise<unknown>[] = [
    ...TABLES.map((table) => tables.createTable(table)),
    container.createIfNotExists(),
  ]
  await Promise.all(
    creations.map((creation) =>
      creation.catch((error: unknown) => {
        if (!isNotAllowed(error)) throw error
      }),
    ),
  )
}

/** A wrong key gets a 403 too, with AuthenticationFailed (Azure Storage, Common REST API error codes). */
const isNotAllowed = (error: unknown): boolean =>
  statusOf(error) === 403 && /Authorization\w*(Mismatch|Failure)/.test(`${(error as RestError).code} ${error}`)

/** Steps of each request that have no effect here: the SDK has no tracer, and its log is off. */
const UNUSED_POLICIES = ['tracingPolicy', 'logPolicy']

function tableClient(address: DataAddress, table: TableName, options: TableServiceClientOptions): TableClient {
  const client =
    typeof address === 'string'
      ? TableClient.fromConnectionString(address, table, { ...LOCAL_HTTP, ...options })
      : new TableClient(address.tableServiceUri, table, address.credential, options)
  for (const name of UNUSED_POLICIES) client.pipeline.removePolicy({ name })
  return client
}

function queueClient(address: StorageAddress, queue: QueueName): QueueClient {
  if (typeof address === 'string') return new QueueClient(address, queue, NO_QUEUE_RETRIES)
  return new QueueClient(`${address.queueServiceUri.replace(/\/$/, '')}/${queue}`, address.credential, NO_QUEUE_RETRIES)
}

function clientOf(clients: Map<TableName, TableClient>, table: TableName): TableClient {
  const client = clients.get(table)
  if (!client) throw new Error(`no client for table ${table}`)
  return client
}

async function writeOne(writer: TableClient, partitionKey: string, write: RowWrite): Promise<string> {
  try {
    if (write.type === 'delete') {
      await writer.deleteEntity(partitionKey, write.rowKey, { etag: write.etag ?? '*', ...newTimeout() })
      return ''
    }
    const entity = toEntity(partitionKey, write.rowKey, write.value)
    if (write.type === 'insert') return (await writer.createEntity(entity, newTimeout())).etag ?? ''
    if (write.type === 'put') return (await writer.upsertEntity(entity, 'Replace', newTimeout())).etag ?? ''
    return (await writer.updateEntity(entity, 'Replace', { etag: write.etag, ...newTimeout() })).etag ?? ''
  } catch (error) {
    if (write.type === 'delete' && statusOf(error) === 404) return ''
    throw toWriteError(error)
  }
}

/** The library reports a refused part of a transaction as a success unless its error is one line of JSON. */
function assertAllWritten(parts: readonly { readonly status: number }[], count: number): void {
  const refused = parts.find(({ status }) => status >= 300)
  if (refused) throw new RestError('a part of the transaction was refused', { statusCode: refused.status })
  if (parts.length < count) throw new Error(`the reply to the transaction has ${parts.length} of ${count} parts`)
}

function toAction(partitionKey: string, write: RowWrite): TransactionAction {
  switch (write.type) {
    case 'insert':
      return ['create', toEntity(partitionKey, write.rowKey, write.value)]
    case 'put':
      return ['upsert', toEntity(partitionKey, write.rowKey, write.value), 'Replace']
    case 'replace':
      return ['update', toEntity(partitionKey, write.rowKey, write.value), 'Replace', { etag: write.etag }]
    case 'delete':
      return ['delete', { partitionKey, rowKey: write.rowKey }]
  }
}

/** Splits the JSON of a value into as many string properties as it needs: d0, d1 ... */
function toEntity(partitionKey: string, rowKey: string, value: unknown) {
  const json = toJson(value)
  const entity: { partitionKey: string; rowKey: string; [property: `d${number}`]: string } = { partitionKey, rowKey }
  for (let index = 0; index * MAX_PROPERTY_CHARACTERS < json.length; index++) {
    entity[`d${index}`] = json.slice(index * MAX_PROPERTY_CHARACTERS, (index + 1) * MAX_PROPERTY_CHARACTERS)
  }
  return entity
}

/** Joins the string properties of an entity and parses their JSON. */
function parseEntity<T>(entity: object): T {
  const properties = entity as Record<string, unknown>
  let json = ''
  for (let index = 0; typeof properties[`d${index}`] === 'string'; index++) json += properties[`d${index}`]
  return JSON.parse(json) as T
}

const newTimeout = () => ({ abortSignal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
const statusOf = (error: unknown): number | undefined => (error instanceof RestError ? error.statusCode : undefined)

/** A failed condition is a conflict: the row has changed (412), exists already (409) or is gone (404). */
function toWriteError(error: unknown): Error {
  const status = statusOf(error)
  if ((status === 412 || status === 409 || status === 404) && !isStorageMissing(error))
    return new StorageConflict(String(error))
  return toStorageError(error)
}

/**
 * A request to a missing table or container also gets a 404, which does not mean that the row or the blob is missing.
 */
function isStorageMissing(error: unknown): boolean {
  const code = error instanceof RestError ? error.code : undefined
  return /(Table|Container)(NotFound|BeingDeleted)/.test(`${code} ${error}`)
}

/** Keeps the error of a request that was wrong (4xx); every other failure means that the storage is unavailable. */
function toStorageError(error: unknown): Error {
  const status = statusOf(error)
  const isBadRequest = status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429
  if (isBadRequest && !isStorageMissing(error)) return error as Error
  return new StorageUnavailable('Azure Storage did not answer.', { cause: error })
}
