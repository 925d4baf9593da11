import { parseDuration } from '../shared/platform/duration.js'
import type { Duration } from './types.js'

/**
 * Returns a duration in milliseconds.
 *
 * @throws RangeError when it has another form, or is negative
 */
export function toMilliseconds(duration: Duration): number {
  const milliseconds = parseDuration(duration)
  if (milliseconds !== undefined) return milliseconds
  throw new RangeError(`${JSON.stringify(duration)} is not a duration: write 250ms, 15s, 45m or 2h.`)
}
