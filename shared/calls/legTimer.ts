import type { Timer } from './call.js'

/**
 * How often a leg reads the other one. A change is hinted at once; this is for a hint that was lost, so it is the time
 * after which the legs agree in spite of a crash.
 */
const CHECK_INTERVAL_MS = 10_000
export const CHECK_TIMER = 'checkLeg'

/** The timer of the next reading. */
export const checkTimer = (now: number, delayMs = CHECK_INTERVAL_MS): Timer => ({
  id: CHECK_TIMER,
  at: now + delayMs,
  command: { type: 'checkLeg' },
})
