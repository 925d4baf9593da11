import * as z from 'zod'
import { DIALECT_NAMES } from '../../calls/resources.js'
import { API_EFFECTS, CALLBACK_EFFECTS } from '../../simulator/faults.js'
import { REACTIONS } from '../../simulator/people.js'
import { DEAD_LETTER_ACTIONS, DELIVERY_STATES } from '../deliveries.js'
import { dateTime, id } from './types.js'

// The replies for operators and of the simulator.

/** A registered bot. */
export const botReply = z
  .object({
    applicationId: id,
    displayName: z.string(),
    tenantId: id,
    callingWebhook: z.string(),
    dialect: z.enum(DIALECT_NAMES),
    maxAttempts: z.int().optional(),
    onDeadLetter: z.enum(DEAD_LETTER_ACTIONS).optional(),
  })
  .meta({ id: 'bot' })

const attempt = z
  .object({
    dateTime,
    durationInMs: z.number(),
    status: z.int().optional(),
    error: z.string().optional(),
    nextAttemptDateTime: dateTime.optional(),
  })
  .meta({ id: 'deliveryAttempt' })

/** A page of deliveries. */
export const deliveriesReply = z.object({
  value: z.array(
    z
      .object({
        id: z.string(),
        callId: id,
        applicationId: id,
        sequence: z.int(),
        state: z.enum(DELIVERY_STATES),
        reason: z.string().optional(),
        callbackUri: z.string(),
        createdDateTime: dateTime,
        attempts: z.array(attempt),
      })
      .meta({ id: 'delivery' }),
  ),
  '@odata.nextLink': z.string().optional(),
})

/** How many calls are replayed. */
export const replayReply = z.object({ calls: z.int() })

/** The id of what was created. */
export const createdReply = z.object({ id })

/** The call in which a person acted. */
export const actedReply = z.object({ callId: id })

export const reactionReply = z.object({ onCall: z.enum(REACTIONS), afterMs: z.int() })

const faultState = z
  .object({
    on: z.enum(['callback', 'api']),
    effect: z.enum([...new Set([...CALLBACK_EFFECTS, ...API_EFFECTS])]),
    times: z.union([z.int(), z.literal('always')]),
    skip: z.int(),
    probability: z.number(),
    status: z.int().optional(),
    retryAfterSeconds: z.int().optional(),
    delayMs: z.int().optional(),
    after: z.boolean().optional(),
    sequence: z.int().optional(),
    request: z.string().optional(),
    fired: z.int(),
    remaining: z.union([z.int(), z.literal('always')]),
  })
  .meta({ id: 'fault' })
export const faultsReply = z.object({ seed: z.int().optional(), faults: z.array(faultState) })

export const healthReply = z.object({ status: z.literal('healthy') })

/** The OpenAPI document. */
export const openApiReply = z.looseObject({ openapi: z.string() })
