import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A proxy between a service and parts of its storage, which a test can disconnect. */
export interface BreakableStorage {
  /** Replaces the endpoints of these parts in a connection string by those of the proxy. */
  rewriteConnectionString(storage: string): string
  disconnect(): void
  reconnect(): void
  close(): void
}

/** @param parts the services of the storage that go through the proxy; the others are reached directly */
export async function startBreakableStorage(parts: readonly ('Table' | 'Queue')[]): Promise<BreakableStorage> {
  const sockets = new Set<Socket>()
  let isDisconnected = false
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  const targets = new Map<string, URL>()
  const servers = new Map<string, Server>()
  for (const part of parts) {
    const server = createServer((client) => {
      const target = targets.get(part)
      if (isDisconnected || !target) return void client.destroy()
      pipeBothWays(client, connect(Number(target.port), target.hostname), sockets)
    })
    server.listen(0, '127.0.0.1')
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
    disconnect() {
      isDisconnected = true
      destroyAll()
    },
    reconnect() {
      isDisconnected = false
    },
    close() {
      destroyAll()
      for (const server of servers.values()) server.close()
    },
  }
}

function pipeBothWays(client: Socket, storage: Socket, sockets: Set<Socket>): void {
  for (const [socket, other] of [
    [client, storage],
    [storage, client],
  ] as const) {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket) && other.destroy())
    socket.pipe(other)
  }
}
