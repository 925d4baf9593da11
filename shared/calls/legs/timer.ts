import type { Timer } from '../call.js'

/**
 * How often a call reads its legs. A change is hinted at once; this is for a hint that was lost, so it is the time after
 * which the calls agree in spite of a crash.
 */
export const READ_INTERVAL_MS = 10_000
/** How often a call reads a new leg that does not exist yet: two that enter a meeting at once find each other early. */
export const NEW_LEG_INTERVAL_MS = 1_000
export const READ_LEGS = 'readLegs'

/** The timer of the next reading. */
export const readTimer = (now: number, delayMs = READ_INTERVAL_MS): Timer => ({
  id: READ_LEGS,
  at: now + delayMs,
  command: { type: 'readLegs' },
})

/** The timers of a call with another time for the next reading. */
export const withReadTimer = (timers: readonly Timer[], timer: Timer): readonly Timer[] => [
  ...timers.filter(({ id }) => id !== READ_LEGS),
  timer,
]
