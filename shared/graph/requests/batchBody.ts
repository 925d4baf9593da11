import * as z from 'zod'
import { caseInsensitiveEnum } from './parse.js'
import { text } from './types.js'

// A JSON batch (Graph: Combine multiple HTTP requests using JSON batching; OData JSON Format 4.01, 19).

/** Graph: the page on JSON batching, Batch size limitations. */
const MAX_REQUESTS = 20
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
/** The largest URL that hosts accept in a request line is about as long. */
const MAX_URL_LENGTH = 16 * 1024

/** One request of a batch. */
export interface BatchRequest {
  readonly id: string
  readonly method: (typeof METHODS)[number]
  /** Relative to the version: `/communications/calls` or `communications/calls`. */
  readonly url: string
  readonly headers: Headers
  /** The body as it is sent by a single request; absent if there is none. */
  readonly body?: Uint8Array
  /** The places in the batch of the requests that must succeed before this one. */
  readonly dependsOn: readonly number[]
}

const headers = z.record(z.string(), z.string()).transform((given, context) => {
  try {
    return new Headers(given)
  } catch (error) {
    context.issues.push({ code: 'custom', input: given, message: error instanceof Error ? error.message : `${error}` })
    return z.NEVER
  }
})

const request = z.object({
  id: text.min(1),
  method: caseInsensitiveEnum(METHODS),
  url: z.string().min(1).max(MAX_URL_LENGTH),
  headers: headers.optional(),
  body: z.unknown().optional(),
  dependsOn: z.array(text).max(MAX_REQUESTS).optional(),
})
type ParsedRequest = z.infer<typeof request>

/** A batch of requests. An id is not case-sensitive, and a request may depend on a later one. */
export const batchBody = z
  .object({ requests: z.array(request).min(1).max(MAX_REQUESTS) })
  .transform(({ requests }, context) => {
    const report = (index: number, property: string, message: string) =>
      context.issues.push({ code: 'custom', input: requests, path: ['requests', index, property], message })
    const read = requests.map((given, index) => completeRequest(given, requests, (...issue) => report(index, ...issue)))
    if (context.issues.length === 0) {
      const cyclic = read.findIndex((_, index) => dependsOnItself(read, index))
      if (cyclic >= 0) report(cyclic, 'dependsOn', 'leads back to the request itself')
    }
    return { requests: read }
  })

const isSameRequestId = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()

/** Completes a request, and reports what is wrong with it in the batch. */
function completeRequest(
  given: ParsedRequest,
  requests: readonly ParsedRequest[],
  report: (property: keyof ParsedRequest, message: string) => void,
): BatchRequest {
  const { id, method, url, headers = new Headers(), dependsOn = [] } = given
  const isSecond = requests.findIndex((other) => isSameRequestId(other.id, id)) < requests.indexOf(given)
  if (isSecond) report('id', `${id} is in this batch twice`)
  const places = dependsOn.map((name) => requests.findIndex((other) => isSameRequestId(other.id, name)))
  if (places.includes(-1)) report('dependsOn', `no request of this batch has the id ${dependsOn[places.indexOf(-1)]}`)
  const rest = { id, method, url, headers, dependsOn: places }
  if (given.body === undefined) return rest
  const contentType = headers.get('content-type')
  if (contentType === null) report('headers', 'must have a Content-Type, because the request has a body')
  const body = encodeBody(given.body, contentType ?? '')
  if (!body) report('body', 'must be JSON, or text in base64 if the Content-Type is another one')
  return { ...rest, body: body ?? new Uint8Array() }
}

/** A text is in base64 or base64url, unless the content type is JSON; undefined when it is not. */
function encodeBody(body: unknown, contentType: string): Uint8Array | undefined {
  if (typeof body !== 'string' || /^[^;]*\bjson\b/i.test(contentType)) return Buffer.from(JSON.stringify(body))
  return /^[\w+/-]*={0,2}$/.test(body) ? Buffer.from(body, 'base64') : undefined
}

function dependsOnItself(requests: readonly BatchRequest[], start: number): boolean {
  const reached = new Set<number>()
  const waiting = [...(requests[start]?.dependsOn ?? [])]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === start) return true
    if (reached.has(next)) continue
    reached.add(next)
    waiting.push(...(requests[next]?.dependsOn ?? []))
  }
  return false
}
