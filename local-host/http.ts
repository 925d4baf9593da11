import { randomUUID } from 'node:crypto'
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as sendRequest,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { RegisteredFunction, RpcTypedData } from './functionsCore.js'
import type { Invoke } from './invoke.js'
import type { Listener } from './listener.js'
import type { Log } from './log.js'
import { createRouter } from './routes.js'

export interface Tls {
  readonly key: string
  readonly cert: string
}

interface HttpOptions {
  functions: RegisteredFunction[]
  routePrefix: string
  /** The base address of the library's own HTTP server, present when the app has turned HTTP streaming on. */
  httpUri: string | undefined
  hostname: string
  port: number
  /** Key and certificate: with them it speaks https, and nothing else. */
  tls?: Tls | undefined
  invoke: Invoke
  log: Log
}

/** Response headers about one connection, not about the message (RFC 9110, 7.6.1). */
const CONNECTION_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding'])

/**
 * Serves the HTTP functions. As in the real host with HTTP streaming, a request goes to the library's own server under
 * an invocation id, and the invocation itself carries only metadata. Without streaming the app is refused: the real host
 * would then drop chunked request bodies. Unlike there, the properties of a JSON body are not added to `params`.
 */
export async function startHttp(options: HttpOptions): Promise<Listener & { port: number }> {
  const { functions, routePrefix, httpUri, tls, invoke, log } = options
  if (functions.length > 0 && !httpUri) {
    throw new Error('The local host needs HTTP streaming: call app.setup({ enableHttpStream: true }) in the app.')
  }
  const routable = functions.map((fn) => ({
    fn,
    name: fn.name,
    route: fn.trigger.route,
    methods: fn.trigger.methods ?? [],
  }))
  const route = createRouter(routable, routePrefix)

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [path = '/'] = (request.url ?? '/').split('?')
    const match = route(request.method ?? 'GET', path)
    if (match && httpUri) {
      const { params } = match
      const protocol = tls ? 'https' : 'http'
      return runFunction({ fn: match.fn.fn, params, httpUri, protocol, request, response, invoke, log })
    }
    if (path === '/') return void response.writeHead(200, { 'Content-Type': 'text/html' }).end(HOME_PAGE)
    // Also for a known path with another method: the real host never answers 405.
    response.writeHead(404, { 'Content-Length': 0 }).end()
  }

  const running = new Set<Promise<void>>()
  const listen = (request: IncomingMessage, response: ServerResponse) => {
    const task = serve(request, response)
      .catch((error: unknown) => {
        log('debug', 'host', `${request.method} ${request.url} failed: ${error}`)
        if (response.headersSent) response.destroy()
        else response.writeHead(500, { 'Content-Length': 0 }).end()
      })
      .finally(() => running.delete(task))
    running.add(task)
  }
  const server = tls ? createHttpsServer({ ...tls }, listen) : createHttpServer(listen)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port, options.hostname, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      await Promise.all(running)
      server.closeAllConnections()
      await closed
    },
  }
}

const HOME_PAGE = '<!doctype html><title>Azure Functions</title><p>The local Functions host is running.</p>'

interface StreamedInvocation {
  fn: RegisteredFunction
  params: Record<string, string>
  httpUri: string
  protocol: 'http' | 'https'
  request: IncomingMessage
  response: ServerResponse
  invoke: Invoke
  log: Log
}

/** Forwards the request and runs the function at the same time; either one failing fails the request. */
async function runFunction(invocation: StreamedInvocation): Promise<void> {
  const { fn, params, httpUri, protocol, request, response, invoke, log } = invocation
  const invocationId = randomUUID()
  const headers = joinHeaders(request)
  const abandon = new AbortController()
  const forwarded = forward(
    httpUri,
    request,
    { ...headers, ...identify(request, protocol, invocationId) },
    response,
    abandon.signal,
  )
  const invoked = invoke(fn, {
    invocationId,
    input: { http: {} },
    triggerMetadata: toTriggerMetadata(params, request.url ?? '', headers),
    ...(headers.traceparent && { traceParent: headers.traceparent }),
  }).then((result) => {
    if (result !== undefined && result !== null) return
    log('error', fn.name, `No response was returned (Id=${invocationId})`)
    throw new Error('no response')
  })
  try {
    await Promise.all([forwarded, invoked])
  } catch (error) {
    // The library never answers for a handler that throws or returns nothing (azure-functions-nodejs-library issue 324);
    // the real host waits for it in vain, this one answers at once.
    abandon.abort()
    await Promise.allSettled([forwarded, invoked])
    throw error
  }
}

/** What a streamed invocation carries besides the request (azure-webjobs-sdk-extensions, HttpTriggerAttributeBindingProvider). */
function toTriggerMetadata(
  params: Record<string, string>,
  url: string,
  headers: Record<string, string>,
): Record<string, RpcTypedData> {
  const search = new URLSearchParams(url.split(/\?(.*)/s)[1])
  const query = Object.fromEntries([...search.keys()].map((key) => [key, search.getAll(key).join(',')]))
  const texts = Object.entries({ ...query, ...params }).map(([name, value]) => [name, { string: value }])
  return {
    ...Object.fromEntries(texts),
    Query: { json: JSON.stringify(query) },
    Headers: { json: JSON.stringify(headers) },
  }
}

/** Lower-case names, repeated headers joined by a comma. */
function joinHeaders(request: IncomingMessage): Record<string, string> {
  const distinct = Object.entries(request.headersDistinct)
  return Object.fromEntries(distinct.map(([name, values = []]) => [name, values.join(',')]))
}

/** The headers by which the library finds the invocation and rebuilds the URL (azure-functions-nodejs-library, httpProxy.ts). */
function identify(request: IncomingMessage, protocol: string, invocationId: string): Record<string, string> {
  return {
    'x-ms-invocation-id': invocationId,
    'x-forwarded-host': request.headers.host ?? 'localhost',
    'x-forwarded-proto': protocol,
  }
}

/** Sends a request on to the library's server and its response back, both as they come in; only the connection is new. */
function forward(
  httpUri: string,
  request: IncomingMessage,
  headers: Record<string, string>,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // node:http itself has answered `expect`, and the new connection carries one request.
    const { connection: _connection, expect: _expect, ...forwardable } = headers
    const options = { path: request.url, method: request.method, headers: forwardable, agent: false, signal }
    const forwarded = sendRequest(httpUri, options, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.statusMessage, withoutConnectionHeaders(answer.headers))
      answer.on('error', reject).pipe(response).on('close', resolve)
    })
    request.on('error', reject).pipe(forwarded.on('error', reject))
    response.on('close', () => forwarded.destroy())
  })
}

function withoutConnectionHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.has(name)))
}
