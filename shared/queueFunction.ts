import { app, type InvocationContext } from '@azure/functions'
import * as z from 'zod'
import { type Log, logLine } from './log.js'
import { getService, type Service } from './service.js'
import type { PoisonQueueName, QueueName, Traced } from './storage/queues.js'
import { StorageUnavailable } from './storage/tables.js'
import { inSpan } from './telemetry.js'
import './startup.js'

/** What the messages of the two queues hold. */
const traced = { traceparent: z.string().optional() }
export const wakeMessage = z.object({ callId: z.guid(), epoch: z.int().optional(), ...traced })
export const timerMessage = z.object({ callId: z.guid(), timer: z.string(), ...traced })

interface QueueDefinition<M extends Traced> {
  readonly name: string
  readonly queueName: QueueName | PoisonQueueName
  readonly message: z.ZodType<M>
  handle(service: Service, message: M, log: Log): Promise<void>
}

/**
 * Registers a function that a queue triggers. Its messages are hints: one that makes no sense is dropped with a line in the
 * log, and one that meets a storage that does not answer is dropped too, since the sweep sends another.
 */
export function queueFunction<M extends Traced>({ name, queueName, message, handle }: QueueDefinition<M>): void {
  app.storageQueue(name, {
    queueName,
    connection: 'CALLS_STORAGE',
    handler: async (entry: unknown, invocation: InvocationContext) => {
      const hint = message.safeParse(entry)
      if (!hint.success) {
        invocation.warn(logLine('hint.dropped', { queue: queueName, reason: 'it is not a message of ours' }))
        return
      }
      try {
        const parent = hint.data.traceparent ?? invocation.traceContext?.traceParent
        await inSpan(name, parent, () => handle(getService(), hint.data, (line) => invocation.log(line)))
      } catch (error) {
        // Five failures would poison the message, and letting go of it may fail as well.
        if (!(error instanceof StorageUnavailable)) throw error
        invocation.warn(logLine('hint.dropped', { queue: queueName, reason: error.message }))
      }
    },
  })
}
