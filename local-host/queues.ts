import { type DequeuedMessageItem, type QueueClient, QueueServiceClient, type RestError } from '@azure/storage-queue'
import type { RegisteredFunction, RpcTypedData } from './functionsCore.js'
import type { Invoke } from './invoke.js'
import { delay, type Listener } from './listener.js'
import { describeError, type Log } from './log.js'
import type { Env, QueueSettings } from './settings.js'

/** How long a message stays hidden while its function runs, renewed at half time (azure-sdk-for-net, QueueListener). */
const LEASE_SECONDS = 10 * 60
/** The first pause after an empty receive (azure-sdk-for-net, QueuePollingIntervals.Minimum). */
const MIN_POLLING_INTERVAL = 100
/** Each pause is double the last, give or take this share of it (azure-webjobs-sdk, RandomizedExponentialBackoffStrategy). */
const POLLING_JITTER = 0.2
const POISON_SUFFIX = '-poison'
/** Below the client's defaults, with which a host whose storage has gone could not stop in time. */
const RETRY_OPTIONS = { maxTries: 3, retryDelayInMs: 100, maxRetryDelayInMs: 200 }

interface QueueOptions {
  fn: RegisteredFunction
  settings: QueueSettings
  env: Env
  invoke: Invoke
  log: Log
}

/** Runs a queue-triggered function for the messages of its queue, as the storage extension's QueueListener does. */
export function startQueueListener({ fn, settings, env, invoke, log }: QueueOptions): Listener {
  const service = connect(fn, env)
  const queueName = (fn.trigger.queueName ?? '').toLowerCase()
  const queue = service.getQueueClient(queueName)
  const poison = queueName.endsWith(POISON_SUFFIX) ? undefined : service.getQueueClient(queueName + POISON_SUFFIX)
  const process = createProcessor({ fn, queue, poison, settings, invoke, log })
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()

  const receive = createReceiver(queue, settings.batchSize, (text) => log('error', fn.name, text))
  const poll = async (): Promise<void> => {
    let pause = 0
    while (!stopping.signal.aborted) {
      const messages = await receive()
      for (const message of messages) {
        const task = process(message)
          .catch((error: unknown) => log('error', fn.name, describeError(error)))
          .finally(() => running.delete(task))
        running.add(task)
      }
      pause = messages.length > 0 ? 0 : nextPause(pause, settings.maxPollingInterval)
      await delay(pause, stopping.signal)
      while (running.size > settings.newBatchThreshold) await Promise.race(running)
    }
    await Promise.all(running)
  }
  const polling = poll()
  return {
    stop() {
      stopping.abort()
      return polling
    },
  }
}

/** The setting `AzureWebJobs<name>`, else `<name>`, holds the connection (azure-webjobs-sdk, IConfigurationExtensions). */
function connect({ name, trigger }: RegisteredFunction, env: Env): QueueServiceClient {
  const setting = trigger.connection || 'Storage'
  const connection = env[`AzureWebJobs${setting}`] || env[setting]
  if (!connection) throw new Error(`${name}: the app setting ${setting} with the storage connection is missing`)
  return QueueServiceClient.fromConnectionString(connection, { retryOptions: RETRY_OPTIONS })
}

function nextPause(pause: number, max: number): number {
  const jitter = 1 + (Math.random() * 2 - 1) * POLLING_JITTER
  return Math.min(Math.max(MIN_POLLING_INTERVAL, pause * 2 * jitter), max)
}

/** Receives a batch. A missing queue is as an empty one and is not created; other errors are reported once in a row. */
function createReceiver(queue: QueueClient, numberOfMessages: number, report: (text: string) => void) {
  let failing = false
  return async (): Promise<DequeuedMessageItem[]> => {
    try {
      const { receivedMessageItems } = await queue.receiveMessages({
        numberOfMessages,
        visibilityTimeout: LEASE_SECONDS,
      })
      failing = false
      return receivedMessageItems
    } catch (error) {
      if (!hasStatus(error, 404) && !failing) {
        failing = true
        report(`Cannot receive from queue '${queue.name}': ${error}`)
      }
      return []
    }
  }
}

interface ProcessorOptions {
  fn: RegisteredFunction
  queue: QueueClient
  /** A poison queue has no poison queue of its own: its failed messages stay hidden until their lease ends. */
  poison: QueueClient | undefined
  settings: QueueSettings
  invoke: Invoke
  log: Log
}

/** Takes one message to its end: deleted, visible again later, or moved to the poison queue (azure-sdk-for-net, QueueProcessor). */
function createProcessor({ fn, queue, poison, settings, invoke, log }: ProcessorOptions) {
  const moveToPoison = async (message: DequeuedMessageItem, popReceipt: string, reason: string): Promise<void> => {
    if (!poison) return
    log('warning', fn.name, `Moving message ${message.messageId} to queue '${poison.name}': ${reason}`)
    await sendCreatingQueue(poison, message.messageText)
    await ignoreGone(queue.deleteMessage(message.messageId, popReceipt))
  }

  return async (message: DequeuedMessageItem): Promise<void> => {
    const { messageId, dequeueCount } = message
    const bytes = settings.base64 ? decodeBase64(message.messageText) : Buffer.from(message.messageText)
    if (!bytes) return moveToPoison(message, message.popReceipt, 'its text is not base64')
    if (dequeueCount > settings.maxDequeueCount) return moveToPoison(message, message.popReceipt, 'dequeued too often')

    const lease = keepLease(queue, message, (text) => log('warning', fn.name, text))
    const succeeded = await runFunction(fn, message, bytes, invoke, log)
    const popReceipt = await lease.end()
    if (succeeded) return ignoreGone(queue.deleteMessage(messageId, popReceipt))
    if (!poison) return
    if (dequeueCount >= settings.maxDequeueCount)
      return moveToPoison(message, popReceipt, `failed ${dequeueCount} times`)
    await ignoreGone(
      queue.updateMessage(messageId, popReceipt, undefined, Math.floor(settings.visibilityTimeout / 1000)),
    )
  }
}

async function runFunction(
  fn: RegisteredFunction,
  message: DequeuedMessageItem,
  bytes: Uint8Array,
  invoke: Invoke,
  log: Log,
): Promise<boolean> {
  const text = decodeUtf8(bytes)
  if (text === undefined) {
    log('error', fn.name, `Message ${message.messageId} is not UTF-8`)
    return false
  }
  // `invoke` has logged a failure.
  return invoke(fn, { input: { string: text }, triggerMetadata: toTriggerMetadata(message, text) }).then(
    () => true,
    () => false,
  )
}

/** Renews the lease at half time, again and again; `end` stops that and resolves to the pop receipt that is valid then. */
function keepLease(queue: QueueClient, { messageId, popReceipt }: DequeuedMessageItem, warn: (text: string) => void) {
  let renewal = Promise.resolve()
  const renew = async (): Promise<void> => {
    try {
      popReceipt = (await queue.updateMessage(messageId, popReceipt, undefined, LEASE_SECONDS)).popReceipt ?? popReceipt
    } catch (error) {
      warn(`Cannot renew the lease of message ${messageId}: ${error}`)
    }
  }
  const timer = setInterval(
    () => {
      renewal = renew()
    },
    (LEASE_SECONDS * 1000) / 2,
  )
  return {
    async end(): Promise<string> {
      clearInterval(timer)
      await renewal
      return popReceipt
    },
  }
}

function decodeBase64(text: string): Uint8Array | undefined {
  const compact = text.replace(/\s/g, '')
  const valid = compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact)
  return valid ? Buffer.from(compact, 'base64') : undefined
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * The message's own data. Every top-level property of a JSON message, except arrays and null, is added and replaces a
 * name it differs from in case only (azure-functions-host, Utility.ApplyBindingData).
 */
function toTriggerMetadata(message: DequeuedMessageItem, text: string): Record<string, RpcTypedData> {
  const metadata: Record<string, RpcTypedData> = {
    QueueTrigger: { string: text },
    DequeueCount: { json: JSON.stringify(message.dequeueCount) },
    Id: { string: message.messageId },
    InsertionTime: { json: JSON.stringify(message.insertedOn) },
    ExpirationTime: { json: JSON.stringify(message.expiresOn) },
    NextVisibleTime: { json: JSON.stringify(message.nextVisibleOn) },
    PopReceipt: { string: message.popReceipt },
  }
  for (const [name, value] of Object.entries(parseObject(text))) {
    if (value === null || Array.isArray(value)) continue
    const known = Object.keys(metadata).find((key) => key.toLowerCase() === name.toLowerCase())
    metadata[known ?? name] =
      typeof value === 'object' ? { json: JSON.stringify(value) } : { string: toDotNetText(value) }
  }
  return metadata
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  } catch {
    return {}
  }
}

function toDotNetText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return String(value)
}

async function sendCreatingQueue(queue: QueueClient, text: string): Promise<void> {
  try {
    await queue.sendMessage(text)
  } catch (error) {
    if (!hasStatus(error, 404)) throw error
    await queue.createIfNotExists()
    await queue.sendMessage(text)
  }
}

/** Someone else has the message by now, or has deleted it: nothing is left to do here (azure-sdk-for-net, QueueProcessor). */
async function ignoreGone(operation: Promise<unknown>): Promise<void> {
  try {
    await operation
  } catch (error) {
    if (!hasStatus(error, 400) && !hasStatus(error, 404)) throw error
  }
}

function hasStatus(error: unknown, status: number): boolean {
  return (error as RestError | null)?.statusCode === status
}
