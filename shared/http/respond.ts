import type { HttpResponseInit } from '@azure/functions'
import type { Reply } from '../graph/dialects/dialect.js'
import { callTooLarge, type GraphError, toGraphError, tooManyConflicts, unavailable } from '../graph/errors.js'
import { logLine } from '../platform/log.js'
import { inSpan, telemetryInstruments } from '../platform/telemetry.js'
import type { Service } from '../service/service.js'
import type { FaultMark } from '../simulator/faults.js'
import { RowTooLarge, StorageUnavailable, TooManyConflicts } from '../storage/tables.js'
import type { Incoming, IncomingRequest } from './incoming.js'
import { createRequestRecord, isPageRequest, type RequestRecord } from './requestRecord.js'

/** Headers with ids by which a client recognizes its request; the response repeats them. */
const ECHOED_HEADERS = ['client-request-id', 'scenario-id']
const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' }
/** Longer values are not treated as ids. */
export const MAX_ID_HEADER_LENGTH = 256

/** How much of a path a log line or an error message repeats, in characters. */
export const MAX_SHOWN_PATH = 256

/** The fields of a request's log line, filled in while it is handled. */
export interface RequestLogFields {
  application?: string
  call?: string
  code?: string
  message?: string
  /** What an injected fault did to the request, if one did. */
  fault?: FaultMark
}

/**
 * Turns what `handle` returns or throws into a response, logs it and counts it. Always returns: with HTTP streaming, a
 * handler that throws leaves the client waiting (azure-functions-nodejs-library issue 324).
 */
export async function respond(
  name: string,
  { request, invocation, getService }: Incoming,
  handle: (service: Service, logFields: RequestLogFields, record: RequestRecord | undefined) => Promise<Reply>,
): Promise<HttpResponseInit> {
  const startedAt = Date.now()
  const logFields: RequestLogFields = {}
  const ids = idHeaders(request, invocation.invocationId)
  let response: HttpResponseInit
  let record: RequestRecord | undefined
  try {
    const service = await getService()
    record = createRequestRecord(service.eventLog, name, request)
    const reply = await inSpan(name, invocation.traceContext?.traceParent, () => handle(service, logFields, record))
    response = toResponse(reply, ids)
  } catch (error) {
    const graphError = toRequestError(error)
    logFields.code = graphError.code
    logFields.message = graphError.message
    if (graphError.status >= 500 && !logFields.fault) invocation.error(error)
    response = toErrorResponse(graphError, ids)
  }
  record?.finish(response, logFields, { callId: logFields.call, applicationId: logFields.application })
  telemetryInstruments().commands.add(1, { name, status: response.status ?? 200 })
  const { pathname } = new URL(request.url)
  const fields = { name, method: request.method, path: pathname.slice(0, MAX_SHOWN_PATH), status: response.status }
  const line = logLine('request', { ...fields, ms: Date.now() - startedAt, ...logFields })
  // Where the console shows the event log, it says the same. The page of the inspector asks twice a second.
  if (record || isPageRequest(name)) invocation.debug(line)
  else invocation.log(line)
  return response
}

function toResponse(
  { status, location, cacheSeconds, headers: ownHeaders, body, file }: Reply,
  ids: Record<string, string>,
): HttpResponseInit {
  const headers = {
    ...ids,
    ...(body !== undefined && JSON_TYPE),
    ...(file && { 'Content-Type': file.type }),
    ...(location && { Location: location }),
    ...ownHeaders,
    ...(cacheSeconds && { 'Cache-Control': `public, max-age=${cacheSeconds}` }),
  }
  return { status, headers, ...(body !== undefined && { jsonBody: body }), ...(file && { body: file.content }) }
}

function toRequestError(error: unknown): GraphError {
  if (error instanceof TooManyConflicts) return tooManyConflicts()
  if (error instanceof StorageUnavailable) return unavailable()
  return error instanceof RowTooLarge ? callTooLarge() : toGraphError(error)
}

/** The error body of Graph (Microsoft Graph error responses and resource types). */
function toErrorResponse(
  { status, code, message, headers }: GraphError,
  ids: Record<string, string>,
): HttpResponseInit {
  const { 'request-id': requestId, 'client-request-id': clientRequestId } = ids
  const date = new Date().toISOString().replace(/\.\d+Z$/, '')
  const innerError = { date, 'request-id': requestId, 'client-request-id': clientRequestId }
  return { status, headers: { ...ids, ...JSON_TYPE, ...headers }, jsonBody: { error: { code, message, innerError } } }
}

/** The headers with ids. Like Graph, the service generates a client-request-id if the client sent none. */
function idHeaders(request: IncomingRequest, requestId: string): Record<string, string> {
  const found = ECHOED_HEADERS.map((name) => [name, request.headers.get(name)] as const)
  const echoed = found.filter(
    (pair): pair is [string, string] => pair[1] !== null && pair[1].length <= MAX_ID_HEADER_LENGTH,
  )
  return { 'request-id': requestId, 'client-request-id': requestId, ...Object.fromEntries(echoed) }
}
