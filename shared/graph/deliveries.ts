import * as z from 'zod'
import { anyCase, parseValue } from './bodies/parse.js'
import { dateTime, guid } from './bodies/types.js'
import { invalidRequest } from './errors.js'

const STATES = ['pending', 'delivered', 'deadLettered'] as const

const queryOptions = z.strictObject({
  callId: guid.optional(),
  applicationId: guid.optional(),
  state: anyCase(STATES).optional(),
  since: dateTime.optional(),
  $skiptoken: z.string().optional(),
})
const place = z.object({ partitionKey: z.string().startsWith('application:'), rowKey: z.string() })
type Place = z.infer<typeof place>

/** What `GET /deliveries` is asked for. Throws GraphError 400 for an option that is not known, or makes no sense. */
export function readDeliveryQuery(query: URLSearchParams) {
  const { $skiptoken, ...wanted } = parseValue(queryOptions, Object.fromEntries(query), 'The query')
  return { ...wanted, after: $skiptoken === undefined ? undefined : readPlace($skiptoken) }
}

const writePlace = (next: Place): string => Buffer.from(JSON.stringify(next)).toString('base64url')

function readPlace(token: string): Place {
  try {
    return place.parse(JSON.parse(Buffer.from(token, 'base64url').toString()))
  } catch {
    throw invalidRequest('$skiptoken: is not one of ours.')
  }
}

interface DeliveryView {
  readonly callId: string
  readonly state: (typeof STATES)[number]
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

/** A page as Graph writes one, with the address of the next. */
export function deliveriesPage(
  deliveries: readonly DeliveryView[],
  next: Place | undefined,
  query: URLSearchParams,
  address: string,
) {
  const following = new URLSearchParams(query)
  if (next) following.set('$skiptoken', writePlace(next))
  return {
    value: deliveries.map(deliveryResource),
    ...(next ? { '@odata.nextLink': `${address}?${following}` } : {}),
  }
}

function deliveryResource({ callId, state, reason, notification, attempts }: DeliveryView) {
  const { id, sequence, applicationId, callbackUri, createdAt } = notification
  return {
    id,
    callId,
    applicationId,
    sequence,
    state,
    reason,
    callbackUri,
    createdDateTime: dateTimeOf(createdAt),
    attempts: attempts.map(({ at, durationMs, status, error, nextAttemptAt }) => ({
      dateTime: dateTimeOf(at),
      durationInMs: durationMs,
      status,
      error,
      nextAttemptDateTime: nextAttemptAt === undefined ? undefined : dateTimeOf(nextAttemptAt),
    })),
  }
}

const dateTimeOf = (at: number) => new Date(at).toISOString()
