import type { PoisonQueueName, QueueMessages, QueueName, Queues } from '../shared/storage/queues.js'
import { poisonQueueOf } from '../shared/storage/queues.js'
import type { Time } from './time.js'

/** As in host.json: a message whose function has failed this often goes to the poison queue. */
const MAX_DEQUEUE_COUNT = 5
/** As in host.json: how long a message is hidden after its function has failed. */
const RETRY_DELAY_MS = 10_000

/** A message that waits. */
export interface PendingMessage {
  readonly queue: QueueName | PoisonQueueName
  readonly message: QueueMessages[QueueName]
  readonly visibleAt: number
  /** How often its function has failed. */
  readonly failures: number
}

interface MessagesOptions {
  readonly time: Time
  /** Runs the function of the queue. */
  readonly process: (queue: PendingMessage['queue'], message: unknown) => Promise<void>
}

/** Queues in memory that run their functions, as a Functions host does for Queue Storage. */
export class Messages implements Queues {
  readonly #time: Time
  readonly #process: MessagesOptions['process']
  readonly #pending = new Set<PendingMessage>()

  constructor({ time, process }: MessagesOptions) {
    this.#time = time
    this.#process = process
  }

  async send<Q extends QueueName>(queue: Q, message: QueueMessages[Q], delayMs: number): Promise<void> {
    this.#add({ queue, message, visibleAt: this.#time.now() + Math.max(0, delayMs), failures: 0 })
  }

  /** The messages that wait. */
  list(): PendingMessage[] {
    return [...this.#pending]
  }

  /** Puts messages back that `list` has returned. */
  restore(messages: readonly PendingMessage[]): void {
    for (const message of messages) this.#add(message)
  }

  #add(pending: PendingMessage): void {
    this.#pending.add(pending)
    this.#time.at(pending.visibleAt, () => {
      this.#pending.delete(pending)
      void this.#run(pending)
    })
  }

  async #run({ queue, message, failures }: PendingMessage): Promise<void> {
    try {
      await this.#process(queue, message)
    } catch {
      // `process` has logged it.
      const isLast = failures + 1 >= MAX_DEQUEUE_COUNT && !queue.endsWith('-poison')
      this.#add({
        queue: isLast ? poisonQueueOf(queue as QueueName) : queue,
        message,
        visibleAt: this.#time.now() + (isLast ? 0 : RETRY_DELAY_MS),
        failures: isLast ? 0 : failures + 1,
      })
    }
  }
}
