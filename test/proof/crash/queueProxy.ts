import { once } from 'node:events'
import { createServer, request as sendRequest } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy between a service and the queues of its storage that can hold messages back. */
export interface QueueProxy {
  /** Returns a connection string that uses the proxy for queues and the storage itself for everything else. */
  through(storage: string): string
  /** From now on no message reaches its queue, and no sender gets a reply. */
  hold(): void
  /** Waits until a message to this queue is held. */
  held(queue: string): Promise<void>
  /** From now on all messages reach their queue. Held messages are lost. */
  release(): void
  close(): Promise<void>
}

export async function startQueueProxy(): Promise<QueueProxy> {
  let storageOrigin = ''
  let isHolding = false
  const heldQueues = new Set<string>()
  const server = createServer((request, response) => {
    const [, queue] = /\/([^/]+)\/messages(?:\?|$)/.exec(request.url ?? '') ?? []
    if (isHolding && request.method === 'POST' && queue !== undefined) {
      heldQueues.add(queue)
      server.emit('held')
      return
    }
    const { method, headers } = request
    const forwarded = sendRequest(new URL(request.url ?? '', storageOrigin), { method, headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(response)
    })
    forwarded.on('error', () => response.destroy())
    response.on('close', () => forwarded.destroy())
    request.pipe(forwarded)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    through(storage) {
      storageOrigin = /QueueEndpoint=(http:\/\/[^/;]+)/.exec(storage)?.[1] ?? ''
      return storage.replace(`QueueEndpoint=${storageOrigin}`, `QueueEndpoint=${origin}`)
    },
    hold() {
      isHolding = true
    },
    async held(queue) {
      while (!heldQueues.has(queue)) await once(server, 'held')
    },
    release() {
      isHolding = false
      heldQueues.clear()
    },
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
