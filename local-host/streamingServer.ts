import { type IncomingMessage, Server, type ServerResponse } from 'node:http'

/** The header by which the library finds the invocation of a request (azure-functions-nodejs-library, httpProxy.ts). */
export const INVOCATION_ID_HEADER = 'x-ms-invocation-id'
const LOOPBACK = '127.0.0.1'

/** The library's own HTTP server, to which the host forwards requests. */
export interface StreamingServer {
  /** Its base address. */
  readonly uri: string | undefined
  /** Accepts one request with this invocation id, which only the host knows. */
  expect(invocationId: string): void
  /** Accepts the request no longer. Returns true if it has not arrived, so that its function will never run. */
  withdraw(invocationId: string): boolean
}

/**
 * Starts the library's server and restricts it. Unrestricted, it listens on all interfaces and trusts every invocation
 * id, even `error`, which would end the process. Restricted, it listens on loopback and serves only requests that the
 * host expects.
 *
 * @param start starts the library's server and returns its base address
 */
export async function startStreamingServer(start: () => Promise<string | undefined>): Promise<StreamingServer> {
  const expected = new Set<string>()
  const { listen } = Server.prototype
  // The library passes a callback, or a port and a callback.
  Server.prototype.listen = function listenOnLoopback(this: Server, ...args: unknown[]) {
    const port = typeof args[0] === 'number' ? args[0] : 0
    const callback = args.find((argument) => typeof argument === 'function') as (() => void) | undefined
    restrictRequests(this, expected)
    // The host keeps its connections open. A server that closed an idle one could do so while a request is on its way.
    this.keepAliveTimeout = 0
    return listen.call(this, { port, host: LOOPBACK }, callback)
  } as typeof listen
  try {
    const uri = (await start())?.replace('//localhost:', `//${LOOPBACK}:`)
    return {
      uri,
      expect: (invocationId) => void expected.add(invocationId),
      withdraw: (invocationId) => expected.delete(invocationId),
    }
  } finally {
    Server.prototype.listen = listen
  }
}

function restrictRequests(server: Server, expected: Set<string>): void {
  const handlers = server.listeners('request') as ((request: IncomingMessage, response: ServerResponse) => void)[]
  server.removeAllListeners('request').on('request', (request, response) => {
    const id = request.headers[INVOCATION_ID_HEADER]
    if (typeof id !== 'string' || !expected.delete(id)) {
      response.writeHead(404, { 'Content-Length': 0 }).end()
      return
    }
    for (const handle of handlers) handle(request, response)
  })
}
