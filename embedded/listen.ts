import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HttpResponseInit } from '@azure/functions'
import { type ServerOptions, startServer } from '../hosting/httpServer.js'
import { createRequestCheck, refuse, toOriginForm } from '../hosting/requestChecks.js'
import { toUrlHost } from '../hosting/urlHost.js'
import type { IncomingRequest } from '../shared/http/incoming.js'

export interface ListenOptions extends ServerOptions {
  /** Host names that are served besides `hostname`, loopback names and IP addresses. */
  readonly hostNames?: readonly string[]
}

export interface HttpListener {
  readonly baseUrl: string
  /** Lets the process end while it listens. */
  unref(): void
  /** Accepts no more requests, and ends all connections. */
  close(): Promise<void>
}

/**
 * Serves a service over HTTP.
 *
 * @throws the error of `listen`, for example when the port is in use
 */
export async function listen(
  handle: (request: IncomingRequest) => Promise<HttpResponseInit>,
  { hostname, hostNames = [], port, tls }: ListenOptions,
): Promise<HttpListener> {
  const checkRequest = createRequestCheck([hostname, ...hostNames])
  const protocol = tls ? 'https' : 'http'
  const onRequest = async (request: IncomingMessage, response: ServerResponse) => {
    const refusal = checkRequest(request)
    if (refusal) return refuse(response, refusal)
    // The form of `OPTIONS *`, which asks about the server and not about a path (RFC 9110, 9.3.7).
    if (request.url === '*') return void response.writeHead(204).end()
    writeResponse(response, await handle(toIncomingRequest(request, protocol)))
  }
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    // Only a client that goes away while its body is read fails here.
    onRequest(request, response).catch(() => response.destroy())
  }
  const server = await startServer(listener, { hostname, port, tls })
  return {
    baseUrl: `${protocol}://${toUrlHost(hostname)}:${(server.address() as AddressInfo).port}`,
    unref: () => void server.unref(),
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}

function toIncomingRequest(request: IncomingMessage, protocol: string): IncomingRequest {
  const headers = Object.entries(request.headersDistinct).map(
    ([name, values = []]) => [name, values.join(',')] as const,
  )
  const method = request.method ?? 'GET'
  return {
    method,
    url: `${protocol}://${request.headers.host ?? 'localhost'}${toOriginForm(request.url ?? '/')}`,
    headers: new Headers(headers.map(([name, value]) => [name, value])),
    body: method === 'GET' || method === 'HEAD' ? null : request,
  }
}

function writeResponse(response: ServerResponse, { status = 200, headers, jsonBody, body }: HttpResponseInit): void {
  const content = jsonBody === undefined ? (body as Uint8Array | undefined) : Buffer.from(JSON.stringify(jsonBody))
  const length = content && { 'Content-Length': content.length }
  response.writeHead(status, { ...(headers as Record<string, string>), ...length }).end(content)
}
