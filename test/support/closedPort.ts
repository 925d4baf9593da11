import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** Returns the URL of a port of this machine at which nothing listens. */
export async function findClosedPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}
