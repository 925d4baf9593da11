import { once } from 'node:events'
import { createServer, request as sendRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

/**
 * Starts a server before a service that is killed and started again, as the load balancer of a deployment is: a request
 * that the killed process does not answer gets a 503, once the next process answers. It ends with the test.
 *
 * @returns its base URL
 */
export async function startHostProxy(target: string): Promise<string> {
  const server = createServer((request, response) => {
    const { method, headers, url = '' } = request
    const forwarded = sendRequest(new URL(target + url), { method, headers }, (reply) => {
      const chunks: Buffer[] = []
      reply.on('data', (chunk: Buffer) => chunks.push(chunk))
      reply.on('end', () => response.writeHead(reply.statusCode ?? 502, reply.headers).end(Buffer.concat(chunks)))
      reply.on('error', () => void refuse())
    })
    const refuse = async () => {
      await waitUntilHealthy(target)
      response.writeHead(503).end()
    }
    forwarded.on('error', () => void refuse())
    request.pipe(forwarded)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function waitUntilHealthy(target: string): Promise<void> {
  const isHealthy = () =>
    fetch(`${target}/health`).then(
      ({ ok }) => ok,
      () => false,
    )
  while (!(await isHealthy())) await sleep(200)
}
