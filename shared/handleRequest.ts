import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions'
import { type Caller, requireTenant } from './access/accessTokens.js'
import { requirePermissions } from './access/permissions.js'
import type { Call } from './calls/call.js'
import { callNotFound } from './calls/errors.js'
import type { Endpoint, RequestContext } from './endpoint.js'
import { MAX_BODY_BYTES, parseBody } from './graph/bodies/parse.js'
import type { Reply } from './graph/dialects/dialect.js'
import {
  callTooLarge,
  type GraphError,
  invalidRequest,
  notFound,
  toGraphError,
  tooLarge,
  tooManyRequests,
  unavailable,
} from './graph/errors.js'
import { parseGuid } from './graph/ids.js'
import { logLine } from './log.js'
import { getService, type Service } from './service.js'
import type { ClientRequest } from './storage/callStore.js'
import { StorageUnavailable, TooLarge } from './storage/tables.js'
import { inSpan, measured } from './telemetry.js'

/** Headers that the caller may send to find a request again, and gets back. Longer ones are nobody's id. */
const ECHOED_HEADERS = ['client-request-id', 'scenario-id']
const MAX_ECHOED_LENGTH = 256

/**
 * Answers one request to one endpoint. Always returns: with HTTP streaming, a handler that throws leaves the client
 * waiting (azure-functions-nodejs-library issue 324).
 */
export async function handleRequest(
  endpoint: Endpoint,
  request: HttpRequest,
  invocation: InvocationContext,
): Promise<HttpResponseInit> {
  return answerRequest(endpoint.name, request, invocation, (service, facts) => run(endpoint, service, request, facts))
}

/** What is found out about a request while it is answered, for its line in the log. */
interface Facts {
  application?: string
  call?: string
  code?: string
}

/** Turns what `run` returns or throws into a response, with the headers that every response has. */
export async function answerRequest(
  name: string,
  request: HttpRequest,
  invocation: InvocationContext,
  run: (service: Service, facts: Facts) => Promise<Reply>,
): Promise<HttpResponseInit> {
  const begun = Date.now()
  const facts: Facts = {}
  const ids = { 'request-id': invocation.invocationId, ...echoedHeaders(request) }
  let response: HttpResponseInit
  try {
    const service = getService()
    const reply = await inSpan(name, invocation.traceContext?.traceParent, () => run(service, facts))
    response = { status: reply.status, headers: { ...ids, ...headersOf(reply) } }
    if (reply.body !== undefined) response.jsonBody = reply.body
  } catch (error) {
    const graphError = toReply(error)
    facts.code = graphError.code
    if (graphError.status >= 500) invocation.error(error)
    response = {
      status: graphError.status,
      headers: { ...ids, ...graphError.headers },
      jsonBody: errorBody(graphError, ids),
    }
  }
  measured().commands.add(1, { name, status: response.status ?? 200 })
  invocation.log(logLine('request', { name, status: response.status, ms: Date.now() - begun, ...facts }))
  return response
}

function headersOf({ location, cacheSeconds }: Reply): Record<string, string> {
  return {
    ...(location && { Location: location }),
    ...(cacheSeconds && { 'Cache-Control': `public, max-age=${cacheSeconds}` }),
  }
}

function toReply(error: unknown): GraphError {
  if (error instanceof StorageUnavailable) return unavailable()
  return error instanceof TooLarge ? callTooLarge() : toGraphError(error)
}

async function run(endpoint: Endpoint, service: Service, request: HttpRequest, facts: Facts): Promise<Reply> {
  const { settings } = service
  const url = new URL(request.url)
  if (endpoint.enabled && !endpoint.enabled(settings)) throw noSuchAddress(request.method, url.pathname)
  // The path of the URL, not request.params: with streaming those also hold query values and properties of the body.
  const parameters = endpoint.address.match(url.pathname)
  if (!parameters) throw noSuchAddress(request.method, url.pathname)

  const caller = endpoint.permissions === 'open' ? NOBODY : await authenticate(service, request, parameters)
  if (!endpoint.needs && endpoint.permissions !== 'open') requirePermissions(caller.roles, endpoint.permissions)
  if (caller.applicationId) facts.application = caller.applicationId
  const callId = parameters.callId === undefined ? '' : readGuid(parameters.callId, 'callId')
  if (callId) facts.call = callId
  const body = await readBody(endpoint, request)
  if (endpoint.needs) requirePermissions(caller.roles, endpoint.needs(body))

  const baseUrl = baseUrlOf(service, url)
  const context: RequestContext<unknown> = {
    service,
    caller,
    parameters,
    callId,
    body,
    query: url.searchParams,
    authorization: request.headers.get('authorization') ?? '',
    baseUrl,
    request: clientRequest(endpoint.name, request),
    authorize: (call) => authorize(endpoint, caller, call),
  }
  const reply = await endpoint.handle(context)
  if (!reply.location) return reply
  const version = parameters.version ? `/${parameters.version.toLowerCase()}` : ''
  return { ...reply, location: `${baseUrl}${version}${reply.location}` }
}

const NOBODY: Caller = { applicationId: '', tenantId: '', isOfAnyTenant: false, roles: new Set() }

async function authenticate(
  service: Service,
  request: HttpRequest,
  parameters: Record<string, string>,
): Promise<Caller> {
  const caller = await service.accessTokens.verify(request.headers.get('authorization'))
  const retryAfter = await service.rateLimit.refuse(caller.applicationId)
  if (retryAfter !== undefined) {
    const limit = `${service.settings.REQUESTS_PER_10_SECONDS} requests in 10 seconds`
    throw tooManyRequests(`The application has made ${limit}, which is the limit.`, retryAfter)
  }
  // In /applications/{applicationId}/calls there is only the caller's own.
  const named = parameters.version === undefined ? undefined : parameters.applicationId
  if (named !== undefined && readGuid(named, 'applicationId') !== caller.applicationId) {
    throw notFound(`applicationId: the token is not made out to the application ${named}.`)
  }
  return caller
}

function authorize({ needsOf }: Endpoint, caller: Caller, call: Call): void {
  // Another application's call is the same 404 as one that does not exist.
  if (call.applicationId !== caller.applicationId) throw callNotFound()
  requireTenant(caller, call.tenantId, 'The call')
  if (needsOf) requirePermissions(caller.roles, needsOf(call))
}

/** @throws GraphError 400 */
export function readGuid(text: string, name: string): string {
  const guid = parseGuid(text)
  if (guid === undefined) throw invalidRequest(`${name}: ${JSON.stringify(text.slice(0, 64))} is not a GUID.`)
  return guid
}

async function readBody(endpoint: Endpoint, request: HttpRequest): Promise<unknown> {
  if (!endpoint.body && !endpoint.rawBody) return undefined
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES)
    chunks.push(chunk)
  }
  const text = decodeUtf8(Buffer.concat(chunks))
  return endpoint.body ? parseBody(endpoint.body, text) : text
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalidRequest('The request body is not valid UTF-8.')
  }
}

/** The configured address; Azure's name for the site; and only locally what the request itself was sent to. */
function baseUrlOf({ settings }: Service, url: URL): string {
  const { PUBLIC_BASE_URL, WEBSITE_HOSTNAME, RINGBACK_LOCAL } = settings
  if (PUBLIC_BASE_URL) return PUBLIC_BASE_URL.replace(/\/+$/, '')
  return !RINGBACK_LOCAL && WEBSITE_HOSTNAME ? `https://${WEBSITE_HOSTNAME}` : url.origin
}

/** By these a client says that it sends a request again, which must not act twice. */
function clientRequest(endpoint: string, { headers }: HttpRequest): ClientRequest | undefined {
  const id = headers.get('client-request-id')
  if (!id || id.length > MAX_ECHOED_LENGTH) return undefined
  return { id: `${endpoint} ${id}`, isRepeat: headers.has('retry-attempt') }
}

function echoedHeaders(request: HttpRequest): Record<string, string> {
  const found = ECHOED_HEADERS.map((name) => [name, request.headers.get(name)] as const)
  return Object.fromEntries(
    found.filter((pair): pair is [string, string] => pair[1] !== null && pair[1].length <= MAX_ECHOED_LENGTH),
  )
}

/** Graph's error body. */
function errorBody({ code, message }: GraphError, ids: Record<string, string>) {
  const { 'request-id': requestId, 'client-request-id': clientRequestId = requestId } = ids
  const date = new Date().toISOString().replace(/\.\d+Z$/, '')
  return {
    error: { code, message, innerError: { date, 'request-id': requestId, 'client-request-id': clientRequestId } },
  }
}

export const noSuchAddress = (method: string, pathname: string): GraphError =>
  notFound(`There is no ${method} ${pathname.slice(0, 256)} here.`)
