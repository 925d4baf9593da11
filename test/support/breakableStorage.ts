import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between a service and a part of its storage, and can cut it off. */
export interface BreakableStorage {
  /** The connection string that leads here. */
  through(storage: string): string
  cut(): void
  mend(): void
  close(): void
}

/** @param parts what can be cut off: the rest is reached as it is */
export async function startBreakableStorage(parts: readonly ('Table' | 'Queue')[]): Promise<BreakableStorage> {
  const sockets = new Set<Socket>()
  let isCut = false
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  const targets = new Map<string, URL>()
  const servers = new Map<string, Server>()
  for (const part of parts) {
    const server = createServer((client) => {
      const target = targets.get(part)
      if (isCut || !target) return void client.destroy()
      join(client, connect(Number(target.port), target.hostname), sockets)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.set(part, server)
  }
  return {
    through(storage) {
      let through = storage
      for (const [part, server] of servers) {
        const own = new RegExp(`${part}Endpoint=(http://[^/;]+)`).exec(storage)?.[1] ?? ''
        targets.set(part, new URL(own))
        const { port } = server.address() as AddressInfo
        through = through.replace(`${part}Endpoint=${own}`, `${part}Endpoint=http://127.0.0.1:${port}`)
      }
      return through
    },
    cut() {
      isCut = true
      destroyAll()
    },
    mend() {
      isCut = false
    },
    close() {
      destroyAll()
      for (const server of servers.values()) server.close()
    },
  }
}

function join(client: Socket, storage: Socket, sockets: Set<Socket>): void {
  for (const [socket, other] of [
    [client, storage],
    [storage, client],
  ] as const) {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket) && other.destroy())
    socket.pipe(other)
  }
}
