import type { Endpoint } from '../http/endpoint.js'
import type { Address } from './addresses.js'

/** The errors of Graph by status: a name, and what they mean. docs/api.md has their codes. */
const ERRORS = {
  400: { name: 'BadRequest', description: 'A part of the request is not valid; the message names it.' },
  401: { name: 'Unauthorized', description: 'The token is missing, expired or not acceptable.' },
  403: { name: 'Forbidden', description: 'The permission is missing, or the tenant is another one.' },
  404: { name: 'NotFound', description: 'There is no such resource, or it belongs to another application.' },
  409: { name: 'Conflict', description: 'The state of the call does not allow the request.' },
  413: { name: 'ContentTooLarge', description: 'The body is too large.' },
  415: { name: 'UnsupportedMediaType', description: 'The charset or the content coding is not supported.' },
  429: { name: 'TooManyRequests', description: 'The rate limit of the application is exceeded.' },
  500: { name: 'InternalServerError', description: 'An internal error.' },
  503: { name: 'ServiceUnavailable', description: 'The service is overloaded, or its storage does not answer.' },
  504: { name: 'GatewayTimeout', description: 'An injected fault.' },
} as const
type ErrorStatus = keyof typeof ERRORS

const RETRY_AFTER = {
  'Retry-After': { description: 'After how many seconds to send the request again.', schema: { type: 'string' } },
}

/** The errors as components of the document. */
export const errorResponses = Object.fromEntries(
  Object.entries(ERRORS).map(([status, { name, description }]) => [
    name,
    {
      description,
      ...((status === '429' || status === '503') && { headers: RETRY_AFTER }),
      content: { 'application/json': { schema: { $ref: '#/components/schemas/error' } } },
    },
  ]),
)

/** The errors that an endpoint can have, as references to the components. */
export function errorsOf(endpoint: Endpoint, { parameters }: Address): Record<string, object> {
  const { permissions, permissionNote, method, body, bodyType, operation, query } = endpoint
  const hasBody = body !== undefined || bodyType !== undefined
  const isOpen = permissions === 'open'
  const statuses: readonly (readonly [ErrorStatus, boolean])[] = [
    [400, parameters.length > 0 || hasBody || query !== undefined],
    [401, !isOpen || permissionNote !== undefined],
    [403, !isOpen],
    [404, parameters.length > 0 || hasBody || endpoint.isEnabled !== undefined || operation !== undefined],
    [409, method !== 'GET' && !isOpen],
    [413, hasBody],
    [415, hasBody],
    [429, !isOpen],
    [500, true],
    [503, true],
    [504, operation !== undefined],
  ]
  return Object.fromEntries(
    statuses
      .filter(([, isPossible]) => isPossible)
      .map(([status]) => [status, { $ref: `#/components/responses/${ERRORS[status].name}` }]),
  )
}
