import { app } from '@azure/functions'
import * as z from 'zod'
import { type Log, logLine } from '../platform/log.js'
import { inSpan } from '../platform/telemetry.js'
import { getService } from '../service/processService.js'
import type { Service } from '../service/service.js'
import {
  type PoisonQueueName,
  poisonQueueOf,
  type QueueMessages,
  type QueueName,
  type TimerMessage,
  type WakeUpMessage,
} from '../storage/queues.js'
import { StorageUnavailable } from '../storage/tables.js'
import type { Incoming, Invocation } from './incoming.js'

const traced = { traceparent: z.string().optional() }
/** Unknown properties are ignored, so that hosts of different versions can share a queue. */
export const messageSchemas: { readonly [Q in QueueName]: z.ZodType<QueueMessages[Q]> } = {
  notifications: z.object({ callId: z.guid(), epoch: z.int().optional(), ...traced }),
  'call-timers': z.object({ callId: z.guid(), timer: z.string(), isHint: z.boolean().optional(), ...traced }),
}

interface QueueFunctionDefinition<Q extends QueueName> {
  readonly name: string
  readonly queueName: Q
  readonly handle: (service: Service, message: QueueMessages[Q], log: Log) => Promise<void>
}

/** Processes a message of a queue with a service. */
export type ProcessMessage = (
  getService: Incoming['getService'],
  message: unknown,
  invocation: Invocation,
) => Promise<void>

const registered = new Map<QueueName | PoisonQueueName, ProcessMessage>()

/** What processes the messages of each queue. */
export const registeredQueues = (): ReadonlyMap<QueueName | PoisonQueueName, ProcessMessage> => registered

/** Registers a function that a queue triggers. */
export function registerQueueFunction<Q extends QueueName>(definition: QueueFunctionDefinition<Q>): void {
  register(definition, definition.queueName)
}

/**
 * Registers a function that puts the poison messages of a queue back: a wake-up whose function failed repeatedly still
 * points to pending work. A call that keeps crashing its host is dead-lettered by `drain`.
 */
export function registerRequeueFunction<Q extends QueueName>({
  name,
  queueName,
}: {
  name: string
  queueName: Q
}): void {
  const requeue = async (service: Service, message: WakeUpMessage | TimerMessage, log: Log) => {
    const { callId } = message
    const timer = 'timer' in message ? message.timer : undefined
    log(logLine('wakeUp.requeued', { queue: queueName, call: callId, timer }))
    if (timer === undefined) await service.queues.send('notifications', { callId }, 0)
    else await service.queues.send('call-timers', { callId, timer }, 0)
  }
  register({ name, queueName, handle: requeue }, poisonQueueOf(queueName))
}

function register<Q extends QueueName>(
  definition: QueueFunctionDefinition<Q>,
  triggerQueue: QueueName | PoisonQueueName,
): void {
  const processMessage = createProcessMessage(definition, triggerQueue)
  registered.set(triggerQueue, processMessage)
  app.storageQueue(definition.name, {
    queueName: triggerQueue,
    connection: 'CALLS_STORAGE',
    handler: (message, invocation) => processMessage(getService, message, invocation),
  })
}

/** A message that is invalid, or whose function meets a storage failure, is dropped: the sweep sends a new wake-up. */
function createProcessMessage<Q extends QueueName>(
  { name, queueName, handle }: QueueFunctionDefinition<Q>,
  triggerQueue: QueueName | PoisonQueueName,
): ProcessMessage {
  return async (provideService, entry, invocation) => {
    const message = messageSchemas[queueName].safeParse(entry)
    if (!message.success) {
      invocation.warn(logLine('wakeUp.dropped', { queue: triggerQueue, reason: 'the message is not valid' }))
      return
    }
    try {
      const parent = message.data.traceparent ?? invocation.traceContext?.traceParent
      const service = await provideService()
      await inSpan(name, parent, () => handle(service, message.data, logTo(invocation)))
    } catch (error) {
      if (!(error instanceof StorageUnavailable)) throw error
      // Not rethrown: it would count toward maxDequeueCount (host.json), and requeueing needs the same storage.
      invocation.warn(logLine('wakeUp.dropped', { queue: triggerQueue, reason: error.message }))
    }
  }
}

function logTo(invocation: Invocation): Log {
  return (line, level) => {
    if (level === 'warning') invocation.warn(line)
    else if (level === 'debug') invocation.debug(line)
    else invocation.log(line)
  }
}
