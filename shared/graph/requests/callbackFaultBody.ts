import * as z from 'zod'
import { caseInsensitiveEnum } from './parse.js'

/** A callback cannot answer with a lower status: 1xx announces that an answer follows (RFC 9110, 15.2). */
const MIN_STATUS = 200
const MAX_STATUS = 599
/** Many more deliveries than a test of a bot needs. */
const MAX_TIMES = 1_000

const explain = (expected: string) => ({
  error: ({ input }: { readonly input?: unknown }) => (input === undefined ? 'is required' : `must be ${expected}`),
})
const OUTCOME_FORM = explain(`a status from ${MIN_STATUS} to ${MAX_STATUS}, "timeout" or "reset"`)
const TIMES_FORM = explain(`a whole number from 1 to ${MAX_TIMES}`)

const status = z.int().min(MIN_STATUS, OUTCOME_FORM).max(MAX_STATUS, OUTCOME_FORM)

/** PUT /inspector/bots/{applicationId}/fault */
export const callbackFaultBody = z.object({
  outcome: z.union([status, caseInsensitiveEnum(['timeout', 'reset'])], OUTCOME_FORM),
  times: z.int(TIMES_FORM).min(1, TIMES_FORM).max(MAX_TIMES, TIMES_FORM),
})
