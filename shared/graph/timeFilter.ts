import { invalidRequest } from './errors.js'
import { parseValue } from './requests/parse.js'
import { dateTime } from './requests/types.js'

/** Times in milliseconds since 1970: from the first, up to and without the second. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

/** The comparisons of OData; times are whole milliseconds. */
const COMPARISONS: Readonly<Record<string, (at: number) => Partial<TimeRange>>> = {
  ge: (at) => ({ from: at }),
  gt: (at) => ({ from: at + 1 }),
  lt: (at) => ({ to: at }),
  le: (at) => ({ to: at + 1 }),
}

/**
 * Reads a filter by the time of one property, `startDateTime ge 2026-01-31T09:30:00Z and startDateTime lt ...`.
 *
 * @throws GraphError 400 for every other filter
 */
export function readTimeFilter(filter: string | undefined, property: string): TimeRange {
  const ranges = (filter?.split(/\s+and\s+/i) ?? []).map((condition) => {
    const [name = '', comparison = '', time, ...rest] = condition.trim().split(/\s+/)
    const isKnown = name.toLowerCase() === property.toLowerCase() && Object.hasOwn(COMPARISONS, comparison)
    const toRange = isKnown && rest.length === 0 ? COMPARISONS[comparison] : undefined
    if (!toRange)
      throw invalidRequest(`$filter: must compare ${property} with a time by ge, gt, le or lt, joined by and.`)
    return toRange(parseValue(dateTime, time, '$filter'))
  })
  return {
    from: Math.max(...ranges.map(({ from = Number.NEGATIVE_INFINITY }) => from), Number.NEGATIVE_INFINITY),
    to: Math.min(...ranges.map(({ to = Number.POSITIVE_INFINITY }) => to), Number.POSITIVE_INFINITY),
  }
}
