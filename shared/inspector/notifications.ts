import { redirectOf } from '../delivery/attempt.js'
import { toAttemptEvent } from '../delivery/attemptEvent.js'
import { headersOf, type Send } from '../delivery/send.js'
import { notFound } from '../graph/errors.js'
import type { EventLog } from '../inspection/eventLog.js'
import { redactText } from '../inspection/redact.js'
import type { NotificationView } from '../inspection/views.js'
import type { Clock } from '../platform/clock.js'
import type { CallStore } from '../storage/callStore.js'
import type { NotificationRecord } from '../storage/records.js'

// One notification of a call: what was sent, and another POST of it.

/** @throws GraphError 404 when the call has no such notification */
export async function readNotification(
  calls: Pick<CallStore, 'readNotifications'>,
  callId: string,
  sequence: number,
): Promise<NotificationRecord> {
  const { notifications } = await calls.readNotifications(callId)
  const notification = notifications.find((candidate) => candidate.sequence === sequence)
  if (!notification) throw notFound('The call has no notification with this sequence number.')
  return notification
}

/** The notification as its first attempt sent it, without the secrets. */
export function viewNotification(notification: NotificationRecord): NotificationView {
  const { sequence, callbackUri, body } = notification
  const headers = { ...headersOf(notification, { token: '', attempt: 1 }), Authorization: '(removed)' }
  return { sequence, url: redactText(callbackUri), headers, body: redactText(body) }
}

export interface ResendDependencies {
  readonly calls: Pick<CallStore, 'readDelivery'>
  readonly send: Send
  readonly clock: Clock
  readonly notificationTokens: { issue(bot: { applicationId: string; tenantId: string }): Promise<string> }
  readonly eventLog?: EventLog | undefined
  readonly settings: { readonly NOTIFICATION_TIMEOUT_MS: number }
}

/**
 * POSTs a notification once more, out of order. The progress of the call's delivery does not change: this shows what a
 * bot does with a repeated notification.
 */
export async function resendNotification(
  { calls, send, clock, notificationTokens, eventLog, settings }: ResendDependencies,
  callId: string,
  notification: NotificationRecord,
): Promise<{ status?: number; error?: string }> {
  const delivery = (await calls.readDelivery(callId))?.value
  const redirectedTo = delivery && redirectOf(notification, delivery)
  const token = await notificationTokens.issue(notification)
  const at = clock.now()
  const { NOTIFICATION_TIMEOUT_MS: timeoutMs } = settings
  const { status, error } = await send(notification, { attempt: 1, token, timeoutMs, redirectedTo })
  const result = { ...(status !== undefined && { status }), ...(error !== undefined && { error }) }
  const attempt = { ...result, durationMs: clock.now() - at, isResend: true } as const
  const event = toAttemptEvent(notification, attempt, redirectedTo ?? notification.callbackUri)
  eventLog?.add(event, { callId, applicationId: notification.applicationId }, at)
  return result
}
