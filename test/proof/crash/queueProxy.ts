import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { forward, type StorageProxy, startStorageProxy } from '../../support/storageProxy.js'

/** A proxy between a service and the queues of its storage that can hold messages back. */
export interface QueueProxy extends StorageProxy {
  /** From now on no message reaches its queue, and no sender gets a reply. */
  hold(): void
  /** Waits until a message to this queue is held. */
  held(queue: string): Promise<void>
  /** From now on all messages reach their queue. Held messages are lost. */
  release(): void
}

export async function startQueueProxy(): Promise<QueueProxy> {
  let isHolding = false
  const heldQueues = new Set<string>()
  const messages = new EventEmitter()
  const proxy = await startStorageProxy(['Queue'], (_, target) =>
    createServer((request, response) => {
      const [, queue] = /\/([^/]+)\/messages(?:\?|$)/.exec(request.url ?? '') ?? []
      if (!isHolding || request.method !== 'POST' || queue === undefined) return forward(request, response, target())
      heldQueues.add(queue)
      messages.emit('held')
    }),
  )
  return {
    ...proxy,
    hold() {
      isHolding = true
    },
    async held(queue) {
      while (!heldQueues.has(queue)) await once(messages, 'held')
    },
    release() {
      isHolding = false
      heldQueues.clear()
    },
  }
}
