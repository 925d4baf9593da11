import type { HttpResponseInit } from '@azure/functions'
import { failedDependency, type GraphError, invalidRequest, notStarted } from '../graph/errors.js'
import type { BatchRequest } from '../graph/requests/batchBody.js'
import type { Incoming, IncomingRequest } from './incoming.js'
import { respond } from './respond.js'
import { RouteTemplate } from './routeTemplate.js'
import { answerUnknownPath } from './unknownPath.js'

/** When no more requests of a batch are started: half of the functionTimeout of host.json, so that the last ones end. */
const MAX_BATCH_MS = 60_000
/** From here on a request has failed, and so have those that depend on it. */
const FIRST_FAILURE = 400

/** A request of a batch as a request of its own. */
interface Part {
  readonly given: BatchRequest
  readonly request: IncomingRequest
}

/** Graph: the page on JSON batching, Processing the JSON batch response. */
interface BatchResponse {
  readonly id: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON, or text in base64; absent if the reply has no body. */
  readonly body?: unknown
}

/**
 * Answers each request of a batch as a request of its own, so that it is authorized, counted, recorded and repeated as
 * one. They run in parallel, except for those that depend on others.
 *
 * @param batch the request that brought them: its token is that of all of them
 * @returns the replies in the order of the requests
 * @throws GraphError 400 for a URL that is not relative to the version, or that of a batch; nothing has changed
 */
export async function answerBatch(
  requests: readonly BatchRequest[],
  batch: Incoming,
  version: string,
): Promise<BatchResponse[]> {
  const parts = requests.map((given, index): Part => {
    const url = readUrl(given.url, `requests[${index}].url`, version, batch.request)
    return { given, request: toRequest(given, url, batch.request) }
  })
  const startedAt = performance.now()
  const isLate = () => performance.now() - startedAt > MAX_BATCH_MS
  const replies = new Map<Part, Promise<BatchResponse>>()
  const answerOnce = (part: Part): Promise<BatchResponse> => {
    const reply = replies.get(part) ?? answerInOrder(part)
    replies.set(part, reply)
    return reply
  }
  const answerInOrder = async (part: Part): Promise<BatchResponse> => {
    const dependencies = parts.filter((_, place) => part.given.dependsOn.includes(place))
    const failed = (await Promise.all(dependencies.map(answerOnce))).find(({ status }) => status >= FIRST_FAILURE)
    if (failed) return answerPart(part, batch, failedDependency(failed.id))
    return answerPart(part, batch, isLate() ? notStarted() : undefined)
  }
  return Promise.all(parts.map(answerOnce))
}

/** @throws GraphError 400 */
function readUrl(text: string, name: string, version: string, { url: batchUrl }: IncomingRequest): URL {
  const { origin } = new URL(batchUrl)
  const address = `${origin}/${version}/${text.replace(/^\/+/, '')}`
  const url = /^[a-z][a-z\d+.-]*:/i.test(text) || !URL.canParse(address) ? undefined : new URL(address)
  // Dots in the path may lead out of the version.
  if (!url?.pathname.startsWith(`/${version}/`)) {
    throw invalidRequest(`${name}: must be a path below the version, such as /communications/calls.`)
  }
  if (new RouteTemplate(`${version}/$batch`).match(url.pathname)) {
    throw invalidRequest(`${name}: a batch cannot contain a batch.`)
  }
  return url
}

/** Builds the request that a client would send by itself. */
function toRequest(
  { id, method, headers: own, body }: BatchRequest,
  url: URL,
  batch: IncomingRequest,
): IncomingRequest {
  const headers = new Headers(own)
  const inherit = (name: string, value = batch.headers.get(name)) => {
    if (value !== null && !headers.has(name)) headers.set(name, value)
  }
  // One batch has one caller, whatever the headers of its requests say.
  headers.delete('authorization')
  inherit('authorization')
  inherit('user-agent')
  // When a client library sends a batch again, it repeats only these headers of the batch. With them each request is
  // recognized as a retry too, and is not carried out twice.
  const clientRequestId = batch.headers.get('client-request-id')
  inherit('client-request-id', clientRequestId && `${clientRequestId} ${encodeURIComponent(id.toWellFormed())}`)
  inherit('retry-attempt')
  return { method, url: url.href, headers, body: body ? streamOf(body) : null }
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** @param refusal why the request is not carried out, if it is not */
async function answerPart(
  { given, request }: Part,
  { invocation, getService }: Incoming,
  refusal: GraphError | undefined,
): Promise<BatchResponse> {
  const incoming = { request, invocation, getService }
  const refuse = () => Promise.reject(refusal)
  const response = refusal ? await respond('batch-part', incoming, refuse) : await answerUnknownPath(incoming)
  return toBatchResponse(given.id, response)
}

function toBatchResponse(id: string, { status = 200, headers, jsonBody, body }: HttpResponseInit): BatchResponse {
  const file = body instanceof Uint8Array ? Buffer.from(body).toString('base64') : undefined
  const content = jsonBody ?? file
  return {
    id,
    status,
    headers: headers as Record<string, string>,
    ...(content !== undefined && { body: content }),
  }
}
