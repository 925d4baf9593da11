import * as z from 'zod'
import { invalidRequest } from './errors.js'
import { caseInsensitiveEnum, parseValue } from './requests/parse.js'
import { dateTime, guid } from './requests/types.js'

export const DELIVERY_STATES = ['pending', 'delivered', 'deadLettered'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** What happens to the rest of a call when one of its notifications is dead-lettered. */
export const DEAD_LETTER_ACTIONS = ['pause', 'skip'] as const
export type DeadLetterAction = (typeof DEAD_LETTER_ACTIONS)[number]

/** The query of `GET /deliveries`. */
export const deliveryQuery = z.strictObject({
  callId: guid.optional(),
  applicationId: guid.optional(),
  state: caseInsensitiveEnum(DELIVERY_STATES).optional(),
  since: dateTime.optional(),
  $skiptoken: z.string().optional(),
})

/** The row of the call index after which a page begins. `$skiptoken` is its JSON in base64url. */
const pagePosition = z.object({ partitionKey: z.string().startsWith('application:'), rowKey: z.string() })
type PagePosition = z.infer<typeof pagePosition>

/**
 * Reads the query of `GET /deliveries`.
 *
 * @throws GraphError 400 for an option that is unknown or not valid
 */
export function readDeliveryQuery(query: URLSearchParams) {
  const { $skiptoken, ...options } = parseValue(deliveryQuery, Object.fromEntries(query), 'The query')
  return { ...options, after: $skiptoken === undefined ? undefined : decodePosition($skiptoken) }
}

const encodePosition = (position: PagePosition): string => Buffer.from(JSON.stringify(position)).toString('base64url')

function decodePosition(token: string): PagePosition {
  try {
    return pagePosition.parse(JSON.parse(Buffer.from(token, 'base64url').toString()))
  } catch {
    throw invalidRequest('$skiptoken: is not valid; use the address in @odata.nextLink.')
  }
}

interface DeliveryView {
  readonly callId: string
  readonly state: DeliveryState
  readonly reason: string | undefined
  readonly notification: {
    readonly id: string
    readonly sequence: number
    readonly applicationId: string
    readonly callbackUri: string
    readonly createdAt: number
  }
  readonly attempts: readonly {
    readonly at: number
    readonly durationMs: number
    readonly status?: number | undefined
    readonly error?: string | undefined
    readonly nextAttemptAt?: number | undefined
  }[]
}

/**
 * Renders a page in the form of Graph's collections, with the address of the next page if there is one.
 *
 * @param query the query of this page, which the next page repeats
 * @param url the address without a query
 */
export function renderDeliveriesPage(
  deliveries: readonly DeliveryView[],
  next: PagePosition | undefined,
  query: URLSearchParams,
  url: string,
) {
  const nextQuery = new URLSearchParams(query)
  if (next) nextQuery.set('$skiptoken', encodePosition(next))
  return {
    value: deliveries.map(renderDelivery),
    ...(next ? { '@odata.nextLink': `${url}?${nextQuery}` } : {}),
  }
}

function renderDelivery({ callId, state, reason, notification, attempts }: DeliveryView) {
  const { id, sequence, applicationId, callbackUri, createdAt } = notification
  return {
    id,
    callId,
    applicationId,
    sequence,
    state,
    reason,
    callbackUri,
    createdDateTime: toDateTime(createdAt),
    attempts: attempts.map(({ at, durationMs, status, error, nextAttemptAt }) => ({
      dateTime: toDateTime(at),
      durationInMs: durationMs,
      status,
      error,
      nextAttemptDateTime: nextAttemptAt === undefined ? undefined : toDateTime(nextAttemptAt),
    })),
  }
}

const toDateTime = (at: number) => new Date(at).toISOString()
