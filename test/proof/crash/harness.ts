import type { Received } from '../../support/bot.js'

/** Shorter than by default, in the same proportions, so that a test takes seconds. */
export const SHORTER = {
  LEASE_MS: '3000',
  NOTIFICATION_TIMEOUT_MS: '2000',
  CLOCK_SKEW_MS: '1000',
  WATCHDOG_DELAY_MS: '2000',
  SWEEP_SCHEDULE: '*/2 * * * * *',
}

/** The id of the call that a notification is about. */
export const callOf = ({ body }: Received): string => body.value[0].resourceUrl.split('/')[3]

/** Reads one header of a notification. */
export const header = (name: string) => (one: Received) => one.headers[name]
