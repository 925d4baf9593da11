import type { QueueMessages, QueueName, Queues } from '../../shared/storage/queues.js'

/** A message, its queue, and its delay in milliseconds. */
export interface SentMessage {
  readonly queue: QueueName
  readonly message: QueueMessages[QueueName]
  readonly delayMs: number
}

/** Queues in memory, with the delays of AzureQueues. `take` returns the messages that were sent since the last call. */
export class MemoryQueues implements Queues {
  #sent: SentMessage[] = []

  async send<Q extends QueueName>(queue: Q, message: QueueMessages[Q], delayMs: number): Promise<void> {
    this.#sent.push({ queue, message, delayMs: Math.max(0, Math.floor(delayMs / 1000) * 1000) })
  }

  take(): SentMessage[] {
    const sent = this.#sent
    this.#sent = []
    return sent
  }
}
