import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** Stands between a service and the tables of its storage, and can cut them off. */
export interface BreakableTables {
  /** The connection string that leads here for tables, and to the storage itself for all else. */
  through(storage: string): string
  cut(): void
  mend(): void
  close(): void
}

export async function startBreakableTables(): Promise<BreakableTables> {
  let target = new URL('http://127.0.0.1')
  let isCut = false
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    if (isCut) return void client.destroy()
    const storage = connect(Number(target.port), target.hostname)
    for (const [socket, other] of [
      [client, storage],
      [storage, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket) && other.destroy())
      socket.pipe(other)
    }
  })
  const destroyAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    through(storage) {
      const own = /TableEndpoint=(http:\/\/[^/;]+)/.exec(storage)?.[1] ?? ''
      target = new URL(own)
      return storage.replace(`TableEndpoint=${own}`, `TableEndpoint=${origin}`)
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
      server.close()
    },
  }
}
