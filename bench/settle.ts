import { QueueClient } from '@azure/storage-queue'

const QUEUES = ['notifications', 'call-timers']
const POLL_MS = 20
const MAX_WAIT_MS = 10_000

/**
 * Returns a function that waits until a service has deleted all of its queue messages. A delivery is not over when the
 * callback has the notification: it still moves the cursor and releases its lease, which would slow down what is
 * measured next.
 */
export function createSettler(connection: string): () => Promise<void> {
  const queues = QUEUES.map((name) => new QueueClient(connection, name))
  return async () => {
    const deadline = performance.now() + MAX_WAIT_MS
    while (performance.now() < deadline) {
      const properties = await Promise.all(queues.map((queue) => queue.getProperties()))
      if (properties.every(({ approximateMessagesCount }) => approximateMessagesCount === 0)) return
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    throw new Error(`the service still has queue messages after ${MAX_WAIT_MS} ms`)
  }
}
