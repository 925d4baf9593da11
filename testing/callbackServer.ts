import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BotOptions } from './types.js'

const ACKNOWLEDGED = 202
const METHOD_NOT_ALLOWED = 405
const FAILED = 500
type Callback = Exclude<BotOptions['callback'], string | undefined>

/** A server on 127.0.0.1 that hands each notification to a function. */
export interface CallbackServer {
  readonly url: string
  close(): Promise<void>
}

/** @param callback returns the response, or nothing to acknowledge; when it throws, the response is a 500 */
export async function startCallbackServer(callback: Callback = () => undefined): Promise<CallbackServer> {
  const server = createServer((request, response) => void answer(callback, request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  // A test that forgets to stop the service can still end.
  server.unref()
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/calls`,
    close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      server.closeAllConnections()
      return closed
    },
  }
}

async function answer(callback: Callback, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  if (incoming.method !== 'POST') return void outgoing.writeHead(METHOD_NOT_ALLOWED).end()
  try {
    const { status, headers, body } = await readResponse(await callback(await toRequest(incoming)))
    outgoing.writeHead(status, headers).end(body)
  } catch (error) {
    console.error('The callback of the bot has failed:', error)
    outgoing.writeHead(FAILED).end()
  }
}

async function toRequest(incoming: IncomingMessage): Promise<Request> {
  const body = Buffer.concat(await incoming.toArray())
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  )
  return new Request(`http://${incoming.headers.host}${incoming.url}`, { method: 'POST', headers, body })
}

/** @throws TypeError when the callback has returned something else, or its body was read */
async function readResponse(response: Response | undefined) {
  if (response === undefined) return { status: ACKNOWLEDGED }
  if (!(response instanceof Response)) {
    throw new TypeError(`The callback must return a Response or nothing, not ${JSON.stringify(response)}.`)
  }
  const { status } = response
  return { status, headers: Object.fromEntries(response.headers), body: Buffer.from(await response.arrayBuffer()) }
}
