import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

// One HTTP server for the callbacks of all bots in a test process. After a bot is closed, the server answers its
// notifications with 410, and the service sends no more of that call. A closed port would make the service retry the
// notifications of every call that a test has not ended, for as long as the tests run.

type Handle = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export interface Callback {
  readonly url: string
  /** Removes the callback and ends the connections of the requests that it has not answered. */
  remove(): void
}

const handlers = new Map<string, Handle>()
const server = createServer(async (request, response) => {
  const handle = handlers.get(request.url ?? '')
  if (handle) await handle(request, response)
  else request.resume().on('end', () => response.writeHead(410).end())
})
let listening: Promise<unknown> | undefined

/** Adds a callback with a path of its own. */
export async function addCallback(handle: Handle): Promise<Callback> {
  // Without a reference, so that the server does not keep its process alive.
  listening ??= once(server.listen(0, '127.0.0.1').unref(), 'listening')
  await listening
  const path = `/api/calls/${randomUUID()}`
  const unanswered = new Set<ServerResponse>()
  handlers.set(path, (request, response) => {
    unanswered.add(response.on('close', () => unanswered.delete(response)))
    return handle(request, response)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    remove: () => {
      handlers.delete(path)
      for (const response of unanswered) response.destroy()
    },
  }
}
