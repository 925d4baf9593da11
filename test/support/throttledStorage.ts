import { once } from 'node:events'
import { createServer, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Part = 'Table' | 'Queue'

/** How Azure Storage refuses a request while it is overloaded (Azure Storage: common REST API error codes). */
export interface Refusal {
  readonly status: number
  readonly code: string
}

/** A proxy between a service and the tables and queues of its storage, which a test can tell to refuse requests. */
export interface ThrottledStorage {
  /** Replaces the endpoints of the tables and queues in a connection string by those of the proxy. */
  rewriteConnectionString(storage: string): string
  /** Answers every request to these parts with the refusal, until `recover`. */
  refuse(parts: readonly Part[], refusal: Refusal): void
  recover(): void
  close(): void
}

export async function startThrottledStorage(): Promise<ThrottledStorage> {
  const targets = new Map<Part, URL>()
  const refusals = new Map<Part, Refusal>()
  const servers = new Map<Part, Server>()
  for (const part of ['Table', 'Queue'] as const) {
    const server = createServer((incoming, response) => {
      const refusal = refusals.get(part)
      // The request is read to its end, as Azure does, so that the client can use its connection again.
      if (refusal) return void incoming.resume().on('end', () => sendRefusal(response, part, refusal))
      const { method, url, headers } = incoming
      const { hostname, port } = targets.get(part) ?? {}
      const forwarded = request({ hostname, port, method, path: url, headers }, (reply) => {
        response.writeHead(reply.statusCode ?? 502, reply.headers)
        reply.pipe(response)
      })
      forwarded.on('error', () => response.destroy())
      incoming.pipe(forwarded)
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
    refuse(parts, refusal) {
      for (const part of parts) refusals.set(part, refusal)
    },
    recover() {
      refusals.clear()
    },
    close() {
      for (const server of servers.values()) server.close().closeAllConnections()
    },
  }
}

/** Tables describe an error in JSON, queues in XML. */
function sendRefusal(response: ServerResponse, part: Part, { status, code }: Refusal): void {
  const message = 'The server is busy.'
  const [type, body] =
    part === 'Table'
      ? ['application/json', JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: message } } })]
      : ['application/xml', `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`]
  response.writeHead(status, { 'Content-Type': type, 'x-ms-error-code': code }).end(body)
}
