const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const

/** A duration as people write it: `250ms`, `15s`, `1.5m` or `2h`. */
export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/

/** Returns a duration in milliseconds; undefined when the text is none. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text) ?? []
  return amount === undefined ? undefined : Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS]
}
