import * as z from 'zod'
import { invalidRequest } from '../errors.js'
import { parseValue } from './parse.js'
import { guid } from './types.js'

// The queries of the endpoints below /inspector.

/** How many calls one page lists. Each costs two reads of the storage. */
const MAX_CALLS = 100
const DEFAULT_CALLS = 50

const NUMBER_FORM = { error: 'must be a whole number, 0 or more' }
const wholeNumber = z.coerce.number(NUMBER_FORM).int(NUMBER_FORM).min(0, NUMBER_FORM)

const LIMIT_FORM = { error: `must be a whole number from 1 to ${MAX_CALLS}` }
const callsQuery = z.strictObject({
  before: z.string().optional(),
  limit: z.coerce
    .number(LIMIT_FORM)
    .int(LIMIT_FORM)
    .min(1, LIMIT_FORM)
    .max(MAX_CALLS, LIMIT_FORM)
    .default(DEFAULT_CALLS),
  ids: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(guid).max(MAX_CALLS))
    .optional(),
})
const eventsQuery = z.strictObject({ after: wholeNumber.default(0) })
const mediaQuery = z.strictObject({ callId: guid, operationId: guid, index: wholeNumber })

/** @throws GraphError 400 for an option that is unknown or not valid, as the other functions here */
export const readCallsQuery = (query: URLSearchParams) => parseValue(callsQuery, Object.fromEntries(query), 'The query')
export const readEventsQuery = (query: URLSearchParams) =>
  parseValue(eventsQuery, Object.fromEntries(query), 'The query')
export const readMediaQuery = (query: URLSearchParams) => parseValue(mediaQuery, Object.fromEntries(query), 'The query')

/**
 * Reads a number in a path.
 *
 * @throws GraphError 400 when the text is not a whole number from 1 on
 */
export function readNumber(text = '', name: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1) return number
  throw invalidRequest(`${name}: must be a whole number, 1 or more.`)
}
