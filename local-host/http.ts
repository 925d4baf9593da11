import { randomUUID } from 'node:crypto'
import {
  Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
  request as sendRequest,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ServerOptions, startServer } from '../hosting/httpServer.js'
import { createRequestCheck, refuse, toOriginForm } from '../hosting/requestChecks.js'
import { UserError } from '../hosting/userError.js'
import type { RegisteredFunction, RpcTypedData } from './functionsCore.js'
import type { Invoke } from './invoke.js'
import type { Listener } from './listener.js'
import type { Log } from './log.js'
import { createRouter } from './routes.js'
import { INVOCATION_ID_HEADER, type StreamingServer } from './streamingServer.js'

interface HttpOptions extends ServerOptions {
  functions: RegisteredFunction[]
  routePrefix: string
  /** The library's own HTTP server. Its address is missing when the app has not enabled HTTP streaming. */
  streaming: StreamingServer
  /** Host names that are served besides loopback names and IP addresses. */
  hostNames?: readonly string[]
  invoke: Invoke
  log: Log
}

/** Response headers that concern one connection, not the message (RFC 9110, 7.6.1). */
const CONNECTION_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding'])

/**
 * Serves the HTTP functions. As in the real host with HTTP streaming, a request is forwarded to the library's own
 * server with an invocation id, and the invocation itself carries only metadata. An app without streaming is rejected:
 * the real host would drop its chunked request bodies. Unlike the real host, it does not add the properties of a JSON
 * body to `params`.
 */
export async function startHttp(options: HttpOptions): Promise<Listener & { port: number }> {
  const { hostname, port, tls, log } = options
  // Connections to the library's server stay open. Opening one takes a fifth of the time of a short request, and without
  // keep-alive the server resets a connection when a function answers before it has read the body.
  const agent = new Agent({ keepAlive: true })
  const serveRequest = createRequestHandler(options, agent)
  const running = new Set<Promise<void>>()
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const task = serveRequest(request, response)
      .catch((error: unknown) => {
        log('debug', 'host', `${request.method} ${request.url} failed: ${error}`)
        if (response.headersSent) response.destroy()
        else response.writeHead(500, { 'Content-Length': 0 }).end()
      })
      .finally(() => running.delete(task))
    running.add(task)
  }
  const server = await startServer(onRequest, { hostname, port, tls })
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      await Promise.all(running)
      server.closeAllConnections()
      agent.destroy()
      await closed
    },
  }
}

function createRequestHandler(options: HttpOptions, agent: Agent) {
  const { functions, routePrefix, streaming, hostname, hostNames = [], tls, invoke, log } = options
  if (functions.length > 0 && !streaming.uri) {
    throw new UserError('The local host requires HTTP streaming: call app.setup({ enableHttpStream: true }).')
  }
  const routedFunctions = functions.map((fn) => ({
    fn,
    name: fn.name,
    route: fn.trigger.route,
    methods: fn.trigger.methods ?? [],
  }))
  const findRoute = createRouter(routedFunctions, routePrefix)
  const protocol = tls ? 'https' : 'http'

  const checkRequest = createRequestCheck([hostname, ...hostNames])
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const refusal = checkRequest(request)
    if (refusal) return refuse(response, refusal)
    // The form of `OPTIONS *`, which asks about the server and not about a path (RFC 9110, 9.3.7).
    if (request.url === '*') return void response.writeHead(204).end()
    request.url = toOriginForm(request.url ?? '/')
    const [path = '/'] = request.url.split('?')
    const match = findRoute(request.method ?? 'GET', path)
    if (match && streaming.uri) {
      const { params } = match
      return runFunction({ fn: match.fn.fn, params, streaming, agent, protocol, request, response, invoke, log })
    }
    if (path === '/') return void response.writeHead(200, { 'Content-Type': 'text/html' }).end(HOME_PAGE)
    // Also for a known path with another method: the real host never answers 405.
    response.writeHead(404, { 'Content-Length': 0 }).end()
  }
}

const HOME_PAGE = '<!doctype html><title>Azure Functions</title><p>The local Functions host is running.</p>'

interface StreamedInvocation {
  fn: RegisteredFunction
  params: Record<string, string>
  streaming: StreamingServer
  agent: Agent
  protocol: 'http' | 'https'
  request: IncomingMessage
  response: ServerResponse
  invoke: Invoke
  log: Log
}

/** Forwards the request and runs the function at the same time; the request fails when one of them fails. */
async function runFunction(invocation: StreamedInvocation): Promise<void> {
  const { fn, params, streaming, agent, protocol, request, response, invoke, log } = invocation
  const invocationId = randomUUID()
  streaming.expect(invocationId)
  const headers = joinHeaders(request)
  const forwardedHeaders = { ...headers, ...createInvocationHeaders(request, protocol, invocationId) }
  const forwarding = new AbortController()
  const forwarded = forwardRequest({
    httpUri: streaming.uri ?? '',
    agent,
    request,
    response,
    headers: forwardedHeaders,
    signal: forwarding.signal,
  })
  const invoked = invoke(fn, {
    invocationId,
    input: { http: {} },
    isRead: request.method === 'GET' || request.method === 'HEAD',
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
    // The library does not answer for a handler that throws or returns nothing (azure-functions-nodejs-library issue
    // 324). The real host keeps waiting; this one aborts and answers at once.
    forwarding.abort()
    // The library waits without end for a request that has not arrived.
    if (!streaming.withdraw(invocationId)) await Promise.allSettled([forwarded, invoked])
    throw error
  }
}

/**
 * The metadata of a streamed invocation, beside the request (azure-webjobs-sdk-extensions,
 * HttpTriggerAttributeBindingProvider).
 */
function toTriggerMetadata(
  params: Record<string, string>,
  url: string,
  headers: Record<string, string>,
): Record<string, RpcTypedData> {
  const search = new URLSearchParams(url.split(/\?(.*)/s)[1])
  const values = Map.groupBy(search, ([name]) => name)
  const query = Object.fromEntries(
    [...values].map(([name, pairs]) => [name, pairs.map(([, value]) => value).join(',')]),
  )
  const texts = Object.entries({ ...query, ...params }).map(([name, value]) => [name, { string: value }])
  return {
    ...Object.fromEntries(texts),
    Query: { json: JSON.stringify(query) },
    Headers: { json: JSON.stringify(headers) },
  }
}

/** Names are in lower case; the values of a repeated header are joined by commas. */
function joinHeaders(request: IncomingMessage): Record<string, string> {
  const distinct = Object.entries(request.headersDistinct)
  return Object.fromEntries(distinct.map(([name, values = []]) => [name, values.join(',')]))
}

/**
 * The headers by which the library finds the invocation and rebuilds the URL (azure-functions-nodejs-library,
 * httpProxy.ts).
 */
function createInvocationHeaders(
  request: IncomingMessage,
  protocol: string,
  invocationId: string,
): Record<string, string> {
  return {
    [INVOCATION_ID_HEADER]: invocationId,
    'x-forwarded-host': request.headers.host ?? 'localhost',
    'x-forwarded-proto': protocol,
  }
}

interface ForwardOptions {
  httpUri: string
  agent: Agent
  request: IncomingMessage
  response: ServerResponse
  /** They replace the headers of the request. */
  headers: Record<string, string>
  signal: AbortSignal
}

/** Streams a request to the library's server, and its response back. */
function forwardRequest({ httpUri, agent, request, response, headers, signal }: ForwardOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    // node:http has already answered `expect`, and the agent decides about its own connections.
    const { connection: _connection, expect: _expect, ...forwardable } = headers
    const options = { path: request.url, method: request.method, headers: forwardable, agent, signal }
    let isAnswered = false
    const onError = (error: Error) => (isAnswered ? discardBody() : reject(error))
    const discardBody = () => request.unpipe(forwarded).resume()
    const forwarded = sendRequest(httpUri, options, (answer) => {
      isAnswered = true
      response.writeHead(answer.statusCode ?? 500, answer.statusMessage, withoutConnectionHeaders(answer.headers))
      answer.on('error', reject).pipe(response).on('close', resolve)
    })
    request.on('error', reject).pipe(forwarded.on('error', onError))
    response.on('close', () => {
      discardBody()
      forwarded.destroy()
    })
  })
}

function withoutConnectionHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CONNECTION_HEADERS.has(name)))
}
