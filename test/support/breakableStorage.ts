import { connect, createServer, type Socket } from 'node:net'
import { type StoragePart, type StorageProxy, startStorageProxy } from './storageProxy.js'

/** A proxy between a service and parts of its storage. It refuses connections from `disconnect` until `reconnect`. */
export interface BreakableStorage extends StorageProxy {
  reconnect(): void
}

/** @param parts the services of the storage that go through the proxy; the others are reached directly */
export async function startBreakableStorage(parts: readonly StoragePart[]): Promise<BreakableStorage> {
  let isDisconnected = false
  const proxy = await startStorageProxy(parts, (_, target) =>
    createServer((client) => {
      const { hostname, port } = target() ?? {}
      if (isDisconnected || !port) return void client.destroy()
      pipeBothWays(client, connect(Number(port), hostname))
    }),
  )
  return {
    ...proxy,
    disconnect() {
      isDisconnected = true
      proxy.disconnect()
    },
    reconnect() {
      isDisconnected = false
    },
  }
}

function pipeBothWays(client: Socket, storage: Socket): void {
  for (const [socket, other] of [
    [client, storage],
    [storage, client],
  ] as const) {
    socket.on('error', () => undefined).on('close', () => other.destroy())
    socket.pipe(other)
  }
}
