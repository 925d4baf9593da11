import * as z from 'zod'
import { readSkipToken } from '../paging.js'
import { CALL, readSelection, type Selection, selectQuery } from '../select.js'
import { readTimeFilter, type TimeRange } from '../timeFilter.js'
import { parseValue } from './parse.js'

// The queries of the lists below /communications. Other options of OData are refused, because they would be ignored.

/** The query of `GET calls`. */
export const callsQuery = z.strictObject({ ...selectQuery.shape, $skiptoken: z.string().optional() })
/** The query of `GET callRecords`. */
export const callRecordsQuery = z.strictObject({
  $filter: z
    .string()
    .describe('Compares `startDateTime` by `ge`, `gt`, `le` or `lt`; several comparisons are joined by `and`.')
    .optional(),
  $skiptoken: z.string().optional(),
})

type Position = ReturnType<typeof readSkipToken>

/** @throws GraphError 400 for an option that is unknown or not valid, as the other function here */
export function readCallsQuery(query: URLSearchParams): { selection: Selection; after: Position } {
  const { $skiptoken } = parseValue(callsQuery, Object.fromEntries(query), 'The query')
  return { selection: readSelection(query, CALL), after: readSkipToken($skiptoken) }
}

export function readCallRecordsQuery(query: URLSearchParams): { range: TimeRange; after: Position } {
  const { $filter, $skiptoken } = parseValue(callRecordsQuery, Object.fromEntries(query), 'The query')
  return { range: readTimeFilter($filter, 'startDateTime'), after: readSkipToken($skiptoken) }
}
