import * as z from 'zod'
import { readSkipToken } from './paging.js'
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

/**
 * Reads the query of `GET /deliveries`.
 *
 * @throws GraphError 400 for an option that is unknown or not valid
 */
export function readDeliveryQuery(query: URLSearchParams) {
  const { $skiptoken, ...options } = parseValue(deliveryQuery, Object.fromEntries(query), 'The query')
  return { ...options, after: readSkipToken($skiptoken) }
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

export const renderDeliveries = (deliveries: readonly DeliveryView[]) => deliveries.map(renderDelivery)

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
