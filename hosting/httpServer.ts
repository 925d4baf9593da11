import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'

/**
 * How long an idle connection stays open: as long as in the real host (Kestrel, KeepAliveTimeout). After the five
 * seconds of Node.js, a client on a busy machine may be sending its next request when the connection is closed; the
 * request fails then.
 */
const KEEP_ALIVE_TIMEOUT_MS = 130_000

export interface ServerOptions {
  readonly hostname: string
  /** 0 selects a free port. */
  readonly port: number
  /** The key and the certificate, in PEM. Without them the server serves http. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined
}

/**
 * Starts an HTTP server.
 *
 * @throws the error of `listen`, for example when the port is in use
 */
export async function startServer(listener: RequestListener, { hostname, port, tls }: ServerOptions): Promise<Server> {
  const options = { keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }
  const server = tls ? createHttpsServer({ ...options, ...tls }, listener) : createHttpServer(options, listener)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, hostname, resolve)
  })
  return server
}
