import { QueueClient } from '@azure/storage-queue'

const QUEUES = ['notifications', 'call-timers']
const POLL_MS = 20
/** Messages whose number does not change for this long are hidden until later, as those of a sweep may be. */
const UNCHANGED_MS = 1_000
const MAX_WAIT_MS = 60_000

/**
 * Returns a function that waits until a service has deleted all queue messages that are due. A delivery is not over
 * when the callback has the notification: it still moves the cursor and releases its lease, which would slow down what
 * is measured next.
 */
export function createSettler(connection: string): () => Promise<void> {
  const queues = QUEUES.map((name) => new QueueClient(connection, name))
  const countMessages = async (): Promise<number> => {
    const properties = await Promise.all(queues.map((queue) => queue.getProperties()))
    return properties.reduce((sum, { approximateMessagesCount = 0 }) => sum + approximateMessagesCount, 0)
  }
  return async () => {
    const deadline = performance.now() + MAX_WAIT_MS
    let last = { count: Number.NaN, since: 0 }
    while (performance.now() < deadline) {
      const count = await countMessages()
      const now = performance.now()
      if (count !== last.count) last = { count, since: now }
      if (count === 0 || now - last.since > UNCHANGED_MS) return
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    throw new Error(`the service still has queue messages after ${MAX_WAIT_MS} ms`)
  }
}
