import type { AttemptEvent } from '../inspection/entries.js'
import { redactText } from '../inspection/redact.js'
import { summarizeNotification } from '../inspection/summary.js'
import type { CallbackEffect } from '../simulator/faults.js'
import type { Attempt, NotificationRecord } from '../storage/records.js'

/** What the event log has of an attempt besides its time. */
export interface LoggedAttempt extends Omit<Attempt, 'sequence' | 'at'> {
  readonly fault?: CallbackEffect | undefined
  readonly isResend?: true
}

/**
 * Describes an attempt at a notification for the event log.
 *
 * @param url the URL that was contacted
 */
export function toAttemptEvent(
  { sequence, body }: NotificationRecord,
  { durationMs, status, error, nextAttemptAt, fault, isResend }: LoggedAttempt,
  url: string,
): AttemptEvent {
  return {
    type: 'attempt',
    sequence,
    summary: summarizeNotification(body),
    url: redactText(url),
    durationMs,
    ...(status !== undefined && { status }),
    ...(error !== undefined && { error }),
    ...(nextAttemptAt !== undefined && { nextAttemptAt }),
    ...(fault && { fault }),
    ...(isResend && { isResend }),
  }
}
