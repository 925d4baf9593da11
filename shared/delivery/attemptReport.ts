import { type Log, logLine } from '../platform/log.js'
import type { NotificationRecord } from '../storage/records.js'
import type { AttemptResult, Outcome, RetryPolicy } from './retryPolicy.js'

/** The number of failures at which a warning is logged. Fewer may only mean that the bot restarts. */
const FAILURES_UNTIL_WARNING = 3
const POLICY_SETTINGS =
  'maxAttempts and onDeadLetter in PUT /bots/{applicationId}, or NOTIFICATION_MAX_ATTEMPTS and ON_DEAD_LETTER'

/** One attempt at a notification, for the log. */
export interface ReportedAttempt {
  readonly callId: string
  readonly notification: NotificationRecord
  /** The number of the attempt, from 1. */
  readonly number: number
  /** The number of the last attempt that is known to have failed, 0 for none. */
  readonly lastFailed: number
  /** The host that was contacted. */
  readonly host: string
  readonly durationMs: number
  readonly result: AttemptResult
  readonly outcome: Outcome
}

/** Logs an attempt, and logs a warning at the third failure of a notification. */
export function reportAttempt(log: Log, attempt: ReportedAttempt, policy: RetryPolicy): void {
  const { callId, notification, number, lastFailed, host, durationMs, result, outcome } = attempt
  const { sequence, applicationId } = notification
  log(
    logLine('notification.attempted', {
      call: callId,
      sequence,
      attempt: number,
      host,
      status: result.status,
      error: result.error,
      fault: result.fault,
      ms: durationMs,
      outcome: outcome.type,
      nextInMs: outcome.type === 'retry' ? outcome.afterMs : undefined,
    }),
  )
  // `lastFailed` may be less than `number - 1`: the attempt of a host that died counts without having been reported.
  const isWarningDue = number >= FAILURES_UNTIL_WARNING && lastFailed < FAILURES_UNTIL_WARNING
  if (outcome.type === 'acknowledged' || !isWarningDue) return
  const fields = { bot: applicationId, call: callId, sequence, attempts: number }
  const rest = describeRest(outcome, policy)
  log(logLine('notification.failing', { ...fields, restOfCall: rest, toChange: POLICY_SETTINGS }), 'warning')
}

/** What happens to the later notifications of the call. */
function describeRest({ type }: Outcome, { onDeadLetter, maxAttempts, maxAgeMs }: RetryPolicy): string {
  const consequence = onDeadLetter === 'skip' ? 'continues without this one' : 'is dead-lettered too'
  if (type !== 'retry') return consequence
  const seconds = Math.round(maxAgeMs / 1000)
  const limit = maxAttempts > 0 ? `in ${maxAttempts} attempts or ${seconds} s` : `in ${seconds} s`
  return `waits for this one; if it is not acknowledged ${limit}, the rest ${consequence}`
}
