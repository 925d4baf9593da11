import type { EventEmitter } from 'node:events'
import { type DequeuedMessageItem, type QueueClient, QueueServiceClient, type RestError } from '@azure/storage-queue'
import { UserError } from '../hosting/userError.js'
import type { RegisteredFunction, RpcTypedData } from './functionsCore.js'
import type { Invoke } from './invoke.js'
import { delay, type Listener } from './listener.js'
import { describeError, type Log } from './log.js'
import type { Env, QueueSettings } from './settings.js'

/** How long a message is hidden while its function runs; renewed at half time (azure-sdk-for-net, QueueListener). */
const LEASE_SECONDS = 10 * 60
/** The first pause after an empty receive (azure-sdk-for-net, QueuePollingIntervals.Minimum). */
const MIN_POLLING_INTERVAL_MS = 100
/** Each pause is twice the last, with this random jitter (azure-webjobs-sdk, RandomizedExponentialBackoffStrategy). */
const POLLING_JITTER = 0.2
const WOKEN = 'an invocation has ended'
const POISON_SUFFIX = '-poison'
/** Below the client's defaults: with those, a host could not stop in time while its storage is unavailable. */
const RETRY_OPTIONS = { maxTries: 3, retryDelayInMs: 100, maxRetryDelayInMs: 200 }

interface QueueOptions {
  fn: RegisteredFunction
  settings: QueueSettings
  env: Env
  invoke: Invoke
  /** Emits `end` when an invocation that may have sent a message has ended. */
  invocations: EventEmitter
  log: Log
}

/**
 * Runs a queue-triggered function for the messages of its queue, as the storage extension's QueueListener does. Polls
 * an empty queue less and less often, but at once after an invocation that may have sent a message. So a message is
 * found fast, and an idle host costs little.
 */
export function startQueueListener({ fn, settings, env, invoke, invocations, log }: QueueOptions): Listener {
  const service = connectQueueService(fn, env)
  const queueName = (fn.trigger.queueName ?? '').toLowerCase()
  const queue = service.getQueueClient(queueName)
  const poisonQueue = queueName.endsWith(POISON_SUFFIX) ? undefined : service.getQueueClient(queueName + POISON_SUFFIX)
  const processMessage = createProcessor({ fn, queue, poisonQueue, settings, invoke, log })
  const receiveMessages = createReceiver(queue, settings.batchSize, (text) => log('error', fn.name, text))
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()
  let wakeUp = new AbortController()
  // With a reason, no error with a stack is created.
  const wake = () => wakeUp.abort(WOKEN)
  // No invocation sends to a poison queue.
  if (poisonQueue) invocations.on('end', wake)

  /** Returns true when it was cut short because an invocation has ended. */
  const pauseUntilWoken = async (pause: number): Promise<boolean> => {
    if (pause === 0) return false
    await delay(Math.min(pause, MIN_POLLING_INTERVAL_MS), stopping.signal)
    await delay(pause - MIN_POLLING_INTERVAL_MS, wakeUp.signal)
    const isWoken = wakeUp.signal.aborted
    wakeUp = new AbortController()
    return isWoken
  }

  const pollQueue = async (): Promise<void> => {
    let pause = 0
    while (!stopping.signal.aborted) {
      const messages = await receiveMessages()
      for (const message of messages) {
        const task = processMessage(message)
          .catch((error: unknown) => log('error', fn.name, describeError(error)))
          .finally(() => running.delete(task))
        running.add(task)
      }
      pause = messages.length > 0 ? 0 : computeNextPause(pause, settings.maxPollingInterval)
      if (await pauseUntilWoken(pause)) pause = 0
      while (running.size > settings.newBatchThreshold) await Promise.race(running)
    }
    await Promise.all(running)
  }
  const polling = pollQueue()
  return {
    stop() {
      invocations.off('end', wake)
      stopping.abort()
      wake()
      return polling
    },
  }
}

/** The setting `AzureWebJobs<name>`, else `<name>`, is the connection (azure-webjobs-sdk, IConfigurationExtensions). */
function connectQueueService({ name, trigger }: RegisteredFunction, env: Env): QueueServiceClient {
  const setting = trigger.connection || 'Storage'
  const connection = env[`AzureWebJobs${setting}`] || env[setting]
  if (!connection) {
    throw new UserError(`${name}: the setting ${setting} is missing. Set it to the connection string of the storage.`)
  }
  try {
    return QueueServiceClient.fromConnectionString(connection, { retryOptions: RETRY_OPTIONS })
  } catch (cause) {
    throw new UserError(
      `${name}: the setting ${setting} is not a connection string of a storage. (${(cause as Error).message})`,
      { cause },
    )
  }
}

function computeNextPause(pause: number, max: number): number {
  const jitter = 1 + (Math.random() * 2 - 1) * POLLING_JITTER
  return Math.min(Math.max(MIN_POLLING_INTERVAL_MS, pause * 2 * jitter), max)
}

/**
 * Receives a batch. A missing queue counts as empty and is not created; other errors are reported once, until a receive
 * succeeds.
 */
function createReceiver(queue: QueueClient, numberOfMessages: number, report: (text: string) => void) {
  let isFailing = false
  return async (): Promise<DequeuedMessageItem[]> => {
    try {
      const { receivedMessageItems } = await queue.receiveMessages({
        numberOfMessages,
        visibilityTimeout: LEASE_SECONDS,
      })
      isFailing = false
      return receivedMessageItems
    } catch (error) {
      if (!hasStatus(error, 404) && !isFailing) {
        isFailing = true
        report(`Cannot receive from queue '${queue.name}': ${error}`)
      }
      return []
    }
  }
}

interface ProcessorOptions {
  fn: RegisteredFunction
  queue: QueueClient
  /** Undefined for a poison queue itself: its failed messages stay hidden until their lease expires. */
  poisonQueue: QueueClient | undefined
  settings: QueueSettings
  invoke: Invoke
  log: Log
}

/**
 * Processes one message: deletes it, makes it visible again for a retry, or moves it to the poison queue
 * (azure-sdk-for-net, QueueProcessor).
 */
function createProcessor({ fn, queue, poisonQueue, settings, invoke, log }: ProcessorOptions) {
  const moveToPoison = async (message: DequeuedMessageItem, popReceipt: string, reason: string): Promise<void> => {
    if (!poisonQueue) return
    log('warning', fn.name, `Moving message ${message.messageId} to queue '${poisonQueue.name}': ${reason}`)
    await sendCreatingQueue(poisonQueue, message.messageText)
    await ignoreMissing(queue.deleteMessage(message.messageId, popReceipt))
  }

  return async (message: DequeuedMessageItem): Promise<void> => {
    const { messageId, dequeueCount } = message
    const { maxDequeueCount, visibilityTimeout, isBase64 } = settings
    const bytes = isBase64 ? decodeBase64(message.messageText) : Buffer.from(message.messageText)
    if (!bytes) return moveToPoison(message, message.popReceipt, 'its text is not base64')
    if (dequeueCount > maxDequeueCount) {
      return moveToPoison(message, message.popReceipt, `dequeued more than ${maxDequeueCount} times`)
    }

    const lease = keepLease(queue, message, (text) => log('warning', fn.name, text))
    const hasSucceeded = await runFunction({ fn, invoke, log }, message, bytes)
    const popReceipt = await lease.end()
    if (hasSucceeded) return ignoreMissing(queue.deleteMessage(messageId, popReceipt))
    if (!poisonQueue) return
    if (dequeueCount >= maxDequeueCount) return moveToPoison(message, popReceipt, `failed ${dequeueCount} times`)
    const visibilityTimeoutSeconds = Math.floor(visibilityTimeout / 1000)
    await ignoreMissing(queue.updateMessage(messageId, popReceipt, undefined, visibilityTimeoutSeconds))
  }
}

/** Returns true if the function succeeded. */
async function runFunction(
  { fn, invoke, log }: Pick<ProcessorOptions, 'fn' | 'invoke' | 'log'>,
  message: DequeuedMessageItem,
  bytes: Uint8Array,
): Promise<boolean> {
  const text = decodeUtf8(bytes)
  if (text === undefined) {
    log('error', fn.name, `Message ${message.messageId} is not UTF-8`)
    return false
  }
  // `invoke` logs a failure.
  return invoke(fn, { input: { string: text }, triggerMetadata: toTriggerMetadata(message, text) }).then(
    () => true,
    () => false,
  )
}

/** Renews the lease repeatedly at half time; `end` stops that and resolves to the current pop receipt. */
function keepLease(queue: QueueClient, { messageId, popReceipt }: DequeuedMessageItem, warn: (text: string) => void) {
  let renewal = Promise.resolve()
  const renewLease = async (): Promise<void> => {
    try {
      popReceipt = (await queue.updateMessage(messageId, popReceipt, undefined, LEASE_SECONDS)).popReceipt ?? popReceipt
    } catch (error) {
      warn(`Cannot renew the lease of message ${messageId}: ${error}`)
    }
  }
  const timer = setInterval(
    () => {
      renewal = renewLease()
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
  const isValid = compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact)
  return isValid ? Buffer.from(compact, 'base64') : undefined
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/**
 * The data of the message. Every top-level property of a JSON message, except arrays and null, is added; it replaces an
 * entry whose name differs only in case (azure-functions-host, Utility.ApplyBindingData).
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
    const existing = Object.keys(metadata).find((key) => key.toLowerCase() === name.toLowerCase())
    metadata[existing ?? name] =
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

/**
 * Ignores that the message was deleted or received by another host: nothing is left to do (azure-sdk-for-net,
 * QueueProcessor).
 */
async function ignoreMissing(operation: Promise<unknown>): Promise<void> {
  try {
    await operation
  } catch (error) {
    if (!hasStatus(error, 400) && !hasStatus(error, 404)) throw error
  }
}

function hasStatus(error: unknown, status: number): boolean {
  return (error as RestError | null)?.statusCode === status
}
