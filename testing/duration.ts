import type { Duration } from './types.js'

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/**
 * Returns a duration in milliseconds.
 *
 * @throws RangeError when it has another form, or is negative
 */
export function parseDuration(duration: Duration): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(duration) ?? []
  if (amount === '') throw new RangeError(`${JSON.stringify(duration)} is not a duration: write 250ms, 15s, 45m or 2h.`)
  return Number(amount) * UNITS[unit as keyof typeof UNITS]
}
