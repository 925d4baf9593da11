import * as z from 'zod'
import { API_EFFECTS, API_STATUSES, CALLBACK_EFFECTS, SEEDS } from '../../simulator/faults.js'

// The faults of an application, as PUT /simulator/faults/{applicationId} and scenario files write them. Unknown
// properties are errors, because a misspelled limit would let a fault apply to everything.

/** Many more faults than a test of a bot needs. */
const MAX_FAULTS = 100
/** Many more messages than a test of a bot has. */
const MAX_TIMES = 1_000
/** A callback cannot answer with a lower status: 1xx announces that an answer follows (RFC 9110, 15.2). */
const MIN_STATUS = 200
const MAX_STATUS = 599
/** The longest Retry-After: an hour, far longer than a test waits. */
const MAX_RETRY_AFTER_SECONDS = 3_600
/** Longer than most clients and the default NOTIFICATION_TIMEOUT_MS wait, and far below the functionTimeout. */
const MAX_DELAY_MS = 30_000
/** Longer than the name of any operation. */
const MAX_REQUEST_LENGTH = 100

const describeProblem = (expected: string) => ({
  error: ({ input }: { readonly input?: unknown }) => (input === undefined ? 'is required' : `must be ${expected}`),
})

function wholeNumber(minimum: number, maximum: number) {
  const form = describeProblem(`a whole number from ${minimum} to ${maximum}`)
  return z.int(form).min(minimum, form).max(maximum, form)
}

const TIMES_FORM = describeProblem(`a whole number from 1 to ${MAX_TIMES}, or "always"`)
const PROBABILITY_FORM = describeProblem('a number over 0 and up to 1')
const limits = {
  times: z.union([z.int().min(1, TIMES_FORM).max(MAX_TIMES, TIMES_FORM), z.literal('always')], TIMES_FORM).default(1),
  skip: wholeNumber(0, MAX_TIMES).default(0),
  probability: z.number(PROBABILITY_FORM).gt(0, PROBABILITY_FORM).max(1, PROBABILITY_FORM).default(1),
}
const retryAfterSeconds = wholeNumber(0, MAX_RETRY_AFTER_SECONDS).optional()
const delayMs = wholeNumber(1, MAX_DELAY_MS)

interface StatusFault {
  readonly status: number
  readonly retryAfterSeconds?: number | undefined
  readonly after?: boolean | undefined
}

/** Refuses what would have no effect. */
function checkStatusFault({ status, retryAfterSeconds: seconds, after }: StatusFault, context: z.core.$RefinementCtx) {
  const refuse = (name: string, message: string) =>
    context.issues.push({ code: 'custom', path: [name], input: status, message })
  if (seconds !== undefined && status !== 429 && status !== 503) {
    refuse('retryAfterSeconds', 'is possible only with the status 429 or 503')
  }
  if (after && status !== 503 && status !== 504) refuse('after', 'is possible only with the status 503 or 504')
}

const SEQUENCE_FORM = describeProblem('a whole number, 1 or more')
const onCallback = {
  on: z.literal('callback'),
  sequence: z.int(SEQUENCE_FORM).min(1, SEQUENCE_FORM).optional(),
  ...limits,
}
const plainCallbackEffects = CALLBACK_EFFECTS.filter((effect) => effect !== 'status' && effect !== 'delay')
const callbackFault = z.discriminatedUnion(
  'effect',
  [
    z
      .strictObject({
        ...onCallback,
        effect: z.literal('status'),
        status: wholeNumber(MIN_STATUS, MAX_STATUS),
        retryAfterSeconds,
      })
      .superRefine(checkStatusFault),
    z.strictObject({ ...onCallback, effect: z.literal('delay'), delayMs }),
    z.strictObject({ ...onCallback, effect: z.literal(plainCallbackEffects) }),
  ],
  oneOf(CALLBACK_EFFECTS, 'effect'),
)

const onApi = { on: z.literal('api'), request: z.string().min(1).max(MAX_REQUEST_LENGTH).optional(), ...limits }
const apiFault = z.discriminatedUnion(
  'effect',
  [
    z
      .strictObject({
        ...onApi,
        effect: z.literal('status'),
        status: z.literal(API_STATUSES, describeProblem(`one of ${API_STATUSES.join(', ')}`)),
        retryAfterSeconds,
        after: z.boolean().default(false),
      })
      .superRefine(checkStatusFault),
    z.strictObject({ ...onApi, effect: z.literal('delay'), delayMs }),
  ],
  oneOf(API_EFFECTS, 'effect'),
)

/** The error of a value that selects no member of a union. */
function oneOf(values: readonly string[], name: string) {
  return {
    error: ({ code, input }: z.core.$ZodRawIssue) => {
      if (code !== 'invalid_union') return undefined
      const isMissing = (input as Record<string, unknown>)[name] === undefined
      return isMissing ? 'is required' : `must be one of ${values.join(', ')}`
    },
  }
}

const fault = z.discriminatedUnion('on', [callbackFault, apiFault], oneOf(['callback', 'api'], 'on'))

/** PUT /simulator/faults/{applicationId}. Without a seed, one is chosen. */
export const faultsBody = z.strictObject({
  seed: wholeNumber(0, SEEDS - 1).optional(),
  faults: z.array(fault).max(MAX_FAULTS),
})
