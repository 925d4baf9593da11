import type { HttpResponseInit } from '@azure/functions'
import { requirePermissions } from '../auth/permissions.js'
import type { Reply } from '../graph/dialects/dialect.js'
import { type GraphError, notFound } from '../graph/errors.js'
import { readGuid } from '../graph/ids.js'
import type { Service } from '../service/service.js'
import type { FaultMark } from '../simulator/faults.js'
import type { ClientRequest } from '../storage/records.js'
import { handleWithFault } from './apiFaults.js'
import { authenticate, authorizeCall } from './authenticate.js'
import type { Endpoint, RequestContext } from './endpoint.js'
import type { Incoming, IncomingRequest } from './incoming.js'
import { readBody } from './readBody.js'
import type { RequestRecord } from './requestRecord.js'
import { MAX_ID_HEADER_LENGTH, MAX_SHOWN_PATH, type RequestLogFields, respond } from './respond.js'

/** Answers one request to one endpoint. */
export async function handleRequest(endpoint: Endpoint, incoming: Incoming): Promise<HttpResponseInit> {
  return respond(endpoint.name, incoming, (service, logFields, record) =>
    runSteps(endpoint, service, incoming, { logFields, record }),
  )
}

/** The steps of a request, in their order. Each throws when the request ends there. */
async function runSteps(
  endpoint: Endpoint,
  service: Service,
  incoming: Incoming,
  { logFields, record }: { readonly logFields: RequestLogFields; readonly record: RequestRecord | undefined },
): Promise<Reply> {
  const { request } = incoming
  const url = new URL(request.url)
  const parameters = matchRoute(endpoint, service, request.method, url)

  const caller = await authenticate(endpoint, service, request, parameters)
  if (caller.applicationId) logFields.application = caller.applicationId

  const callId = parameters.callId === undefined ? '' : readGuid(parameters.callId, 'callId')
  if (callId) logFields.call = callId

  const subject = { callId, applicationId: caller.applicationId }
  const body = await readBody(endpoint, request, (text) => record?.start(text, subject))
  if (endpoint.requiredPermissions) requirePermissions(caller.roles, endpoint.requiredPermissions(body))

  const context: RequestContext<unknown> = {
    service,
    caller,
    parameters,
    callId,
    body,
    query: url.searchParams,
    authorization: request.headers.get('authorization') ?? '',
    ifNoneMatch: request.headers.get('if-none-match') ?? '',
    acceptEncoding: request.headers.get('accept-encoding') ?? '',
    userAgent: request.headers.get('user-agent') ?? '',
    baseUrl: baseUrlOf(service, url),
    request: idempotencyKeyOf(endpoint.name, request),
    incoming,
    authorize: (call) => authorizeCall(endpoint, caller, call),
  }
  const onFault = (fault: FaultMark) => {
    logFields.fault = fault
  }
  const faulty = { applicationId: caller.applicationId, operation: endpoint.operation, onFault }
  return withAbsoluteUrls(await handleWithFault(service, faulty, () => endpoint.handle(context)), context)
}

/** Uses the path of the URL: with streaming, request.params also holds query values and body properties. */
function matchRoute(
  { isEnabled, route }: Endpoint,
  { settings }: Service,
  method: string,
  { pathname }: URL,
): Record<string, string> {
  const parameters = isEnabled && !isEnabled(settings) ? undefined : route.match(pathname)
  if (!parameters) throw noSuchEndpoint(method, pathname)
  return parameters
}

export const noSuchEndpoint = (method: string, pathname: string): GraphError =>
  notFound(`No such endpoint: ${method} ${pathname.slice(0, MAX_SHOWN_PATH)}`)

/** The configured address; otherwise the host name that Azure sets, or locally the address of the request. */
function baseUrlOf({ settings }: Service, url: URL): string {
  const { PUBLIC_BASE_URL, WEBSITE_HOSTNAME, RINGBACK_LOCAL } = settings
  if (PUBLIC_BASE_URL) return PUBLIC_BASE_URL.replace(/\/+$/, '')
  return !RINGBACK_LOCAL && WEBSITE_HOSTNAME ? `https://${WEBSITE_HOSTNAME}` : url.origin
}

function idempotencyKeyOf(endpointName: string, { headers }: IncomingRequest): ClientRequest | undefined {
  const id = headers.get('client-request-id')
  if (!id || id.length > MAX_ID_HEADER_LENGTH) return undefined
  return { id: `${endpointName} ${id}`, isRetry: headers.has('retry-attempt') }
}

/** The 2019 API existed in beta only, so its path without a version stands for beta. */
const DEFAULT_VERSION = 'beta'

/** Makes the location and the `@odata.context` of a reply absolute; a dialect gives them relative to the version. */
function withAbsoluteUrls(reply: Reply, { baseUrl, parameters }: RequestContext<unknown>): Reply {
  const { location, context, body } = reply
  const root = `${baseUrl}/${parameters.version?.toLowerCase() ?? DEFAULT_VERSION}`
  return {
    ...reply,
    ...(location && { location: root + location }),
    ...(context && { body: { '@odata.context': `${root}/$metadata#${context}`, ...body } }),
  }
}
