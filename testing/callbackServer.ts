import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BotOptions } from './types.js'

const ACKNOWLEDGED = 202
type Callback = Exclude<BotOptions['callback'], string | undefined>

/** A server on 127.0.0.1 that hands each notification to a function. */
export interface CallbackServer {
  readonly url: string
  close(): Promise<void>
}

/** @param callback returns the response, or nothing to acknowledge; when it throws, the response is a 500 */
export async function startCallbackServer(callback: Callback = () => undefined): Promise<CallbackServer> {
  const server = createServer((request, response) => void answer(callback, request, response))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  // A test that forgets to stop the service can still end.
  server.unref()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/calls`,
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}

async function answer(callback: Callback, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  try {
    const body = Buffer.concat(await incoming.toArray())
    const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    )
    const url = `http://${incoming.headers.host}${incoming.url}`
    const response = await callback(new Request(url, { method: incoming.method ?? 'POST', headers, body }))
    outgoing.writeHead(response?.status ?? ACKNOWLEDGED, response && Object.fromEntries(response.headers))
    outgoing.end(response && Buffer.from(await response.arrayBuffer()))
  } catch (error) {
    console.error('The callback of the bot has thrown:', error)
    outgoing.writeHead(500).end()
  }
}
