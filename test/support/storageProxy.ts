import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http'
import type { AddressInfo, Server, Socket } from 'node:net'

/** A service of Azure Storage, as its connection string names it. */
export type StoragePart = 'Table' | 'Queue'

/** Servers of a test that stand between a service and parts of its storage. */
export interface StorageProxy {
  /** Replaces the endpoints of these parts in a connection string by those of the servers. */
  rewriteConnectionString(storage: string): string
  /** Ends all connections to the servers. */
  disconnect(): void
  close(): void
}

/**
 * Starts a server for each part on a free port.
 *
 * @param createServer creates the server of a part; `target` returns the endpoint that the server replaces, once the
 * connection string was rewritten
 */
export async function startStorageProxy(
  parts: readonly StoragePart[],
  createServer: (part: StoragePart, target: () => URL | undefined) => Server,
): Promise<StorageProxy> {
  const targets = new Map<StoragePart, URL>()
  const servers = new Map<StoragePart, Server>()
  const sockets = new Set<Socket>()
  const disconnect = () => {
    for (const socket of sockets) socket.destroy()
  }
  for (const part of parts) {
    const server = createServer(part, () => targets.get(part)).listen(0, '127.0.0.1')
    server.on('connection', (socket: Socket) => {
      sockets.add(socket.on('close', () => sockets.delete(socket)))
    })
    await once(server, 'listening')
    servers.set(part, server)
  }
  return {
    rewriteConnectionString(storage) {
      let rewritten = storage
      for (const [part, server] of servers) {
        const endpoint = new RegExp(`${part}Endpoint=(http://[^/;]+)`).exec(storage)?.[1] ?? ''
        targets.set(part, new URL(endpoint))
        const { port } = server.address() as AddressInfo
        rewritten = rewritten.replace(`${part}Endpoint=${endpoint}`, `${part}Endpoint=http://127.0.0.1:${port}`)
      }
      return rewritten
    },
    disconnect,
    close() {
      for (const server of servers.values()) server.close()
      disconnect()
    },
  }
}

/** Sends an HTTP request on to the storage, and its reply back. */
export function forward(request: IncomingMessage, response: ServerResponse, target: URL | undefined): void {
  const { method, headers } = request
  const forwarded = sendRequest(new URL(request.url ?? '', target), { method, headers }, (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers)
    reply.pipe(response)
  })
  forwarded.on('error', () => response.destroy())
  response.on('close', () => forwarded.destroy())
  request.pipe(forwarded)
}
