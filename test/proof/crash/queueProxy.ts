import { once } from 'node:events'
import { createServer, request as forward } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Stands between a service and the queues of its storage, and can keep what is sent from arriving. */
export interface QueueProxy {
  /** The connection string that leads here for queues, and to the storage itself for all else. */
  through(storage: string): string
  /** From now on no message that is sent arrives, and no sender gets an answer. */
  hold(): void
  /** Waits until a message to this queue is held. */
  held(queue: string): Promise<void>
  /** From now on all messages arrive; those that were held are lost. */
  release(): void
  close(): Promise<void>
}

export async function startQueueProxy(): Promise<QueueProxy> {
  let storageOrigin = ''
  let holding = false
  const heldQueues = new Set<string>()
  const server = createServer((request, response) => {
    const [, queue] = /\/([^/]+)\/messages(?:\?|$)/.exec(request.url ?? '') ?? []
    if (holding && request.method === 'POST' && queue !== undefined) {
      heldQueues.add(queue)
      server.emit('held')
      return
    }
    const { method, headers } = request
    const forwarded = forward(new URL(request.url ?? '', storageOrigin), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
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
      holding = true
    },
    async held(queue) {
      while (!heldQueues.has(queue)) await once(server, 'held')
    },
    release() {
      holding = false
      heldQueues.clear()
    },
    async close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
