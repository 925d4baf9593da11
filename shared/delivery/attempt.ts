import { SpanKind } from '@opentelemetry/api'
import type { EventLog } from '../inspection/eventLog.js'
import type { Clock } from '../platform/clock.js'
import type { Log } from '../platform/log.js'
import { inSpan, telemetryInstruments, traceparent } from '../platform/telemetry.js'
import type { Bot } from '../storage/botStore.js'
import type { Attempt, DeliveryRecord, NotificationRecord } from '../storage/records.js'
import { type LoggedAttempt, toAttemptEvent } from './attemptEvent.js'
import { reportAttempt } from './attemptReport.js'
import type { CallbackUrlPolicy } from './callbackUrlPolicy.js'
import { attemptNumberOf } from './progress.js'
import { type AttemptResult, decideOutcome, isAcknowledged, type Outcome, type RetryPolicy } from './retryPolicy.js'
import type { Send } from './send.js'

/**
 * How many notifications of a call are skipped before the rest is dead-lettered: their numbers are in the row
 * `delivery`, which every attempt rewrites. A callback that misses so many notifications does not work.
 */
const MAX_SKIPPED = 1_000

/** What a registered bot chooses instead of the settings. */
type BotDeliveryPolicy = Pick<Bot, 'maxAttempts' | 'onDeadLetter'>

export interface AttemptDependencies {
  readonly bots: { read(applicationId: string): Promise<BotDeliveryPolicy | undefined> }
  readonly notificationTokens: { issue(bot: { applicationId: string; tenantId: string }): Promise<string> }
  readonly callbackUrlPolicy: Pick<CallbackUrlPolicy, 'rewrite' | 'findHint'>
  readonly send: Send
  readonly clock: Clock
  readonly random: () => number
  /** Present in a local process only. */
  readonly eventLog?: EventLog | undefined
  readonly settings: {
    readonly NOTIFICATION_TIMEOUT_MS: number
    readonly NOTIFICATION_MAX_AGE_MS: number
    readonly NOTIFICATION_MAX_ATTEMPTS: number
    readonly ON_DEAD_LETTER: RetryPolicy['onDeadLetter']
    readonly RETRY_SCHEDULE_SECONDS: readonly number[]
    readonly RETRY_JITTER: number
    readonly MAX_RETRY_AFTER_MS: number
  }
}

/** What an attempt works with. */
export interface AttemptContext {
  readonly deps: AttemptDependencies
  readonly callId: string
  readonly log: Log
}

/** An attempt and what follows from it. */
export interface AttemptOutcome {
  readonly outcome: Outcome
  readonly attempt: Attempt
  /** Where the acknowledged notification was redirected, if it was. */
  readonly redirectedTo: string | undefined
}

/** The target of an earlier redirect that the notification goes to, if there is one. */
export const redirectOf = (
  { usesRedirect }: NotificationRecord,
  { redirectedTo }: DeliveryRecord,
): string | undefined => (usesRedirect ? redirectedTo : undefined)

/** Where a notification is sent: its callback, or the target of an earlier redirect, as CALLBACK_REWRITE maps it. */
export const contactedUrl = (
  { callbackUrlPolicy }: Pick<AttemptDependencies, 'callbackUrlPolicy'>,
  notification: NotificationRecord,
  delivery: DeliveryRecord,
): URL => new URL(callbackUrlPolicy.rewrite(redirectOf(notification, delivery) ?? notification.callbackUri))

/** Sends a notification once, and decides what follows. Stores nothing. */
export async function attemptDelivery(
  context: AttemptContext,
  notification: NotificationRecord,
  delivery: DeliveryRecord,
): Promise<AttemptOutcome> {
  const { deps, callId, log } = context
  const { clock } = deps
  const number = attemptNumberOf(delivery)
  const startedAt = clock.now()
  const { host } = contactedUrl(deps, notification, delivery)
  const post = async () => {
    const result = await postNotification(context, notification, number, redirectOf(notification, delivery))
    return { result, now: clock.now() }
  }
  const [{ result, now }] = await Promise.all([
    inSpan(`POST ${host}`, notification.traceparent, post, SpanKind.CLIENT),
    logHint(context, notification),
  ])
  const ageMs = now - Math.max(notification.createdAt, delivery.replayedAt ?? 0)
  const policy = await readRetryPolicy(deps, isAcknowledged(result) ? undefined : notification.applicationId, delivery)
  const outcome = decideOutcome(result, { attempt: number, ageMs, random: deps.random() }, policy)
  const { at, durationMs } = result.posted ?? { at: startedAt, durationMs: now - startedAt }
  const lastFailed = delivery.failedAttempts
  // Where the console shows the event log, it says the same.
  const report: Log = deps.eventLog ? (line, level = 'debug') => log(line, level) : log
  reportAttempt(report, { callId, notification, number, lastFailed, host, durationMs, result, outcome }, policy)
  telemetryInstruments().attempts.add(1, { outcome: outcome.type })
  const nextAttemptAt = outcome.type === 'retry' ? now + outcome.afterMs : undefined
  const { status, error } = result
  const redirectedTo = outcome.type === 'acknowledged' ? result.redirectedTo : undefined
  const attempt = { sequence: notification.sequence, at, durationMs, status, error, nextAttemptAt }
  const url = result.redirectedTo ?? redirectOf(notification, delivery) ?? notification.callbackUri
  logAttempt(context, notification, { ...attempt, fault: result.fault }, url)
  if (result.duplicate) {
    logAttempt(context, notification, { ...result.duplicate, fault: result.fault, isResend: true }, url)
  }
  return { outcome, redirectedTo, attempt }
}

function logAttempt(
  { deps, callId }: AttemptContext,
  notification: NotificationRecord,
  attempt: LoggedAttempt & { readonly at: number },
  url: string,
): void {
  const subject = { callId, applicationId: notification.applicationId }
  deps.eventLog?.add(toAttemptEvent(notification, attempt, url), subject, attempt.at)
}

/**
 * The retry policy of a bot, or that of the settings where it has none. It is read after a failure, so that a change is
 * valid for the calls that are waiting.
 */
async function readRetryPolicy(
  { bots, settings }: AttemptDependencies,
  applicationId: string | undefined,
  { skipped = [] }: DeliveryRecord,
): Promise<RetryPolicy> {
  const bot = applicationId === undefined ? undefined : await bots.read(applicationId)
  return {
    scheduleSeconds: settings.RETRY_SCHEDULE_SECONDS,
    jitter: settings.RETRY_JITTER,
    maxRetryAfterMs: settings.MAX_RETRY_AFTER_MS,
    maxAgeMs: settings.NOTIFICATION_MAX_AGE_MS,
    maxAttempts: bot?.maxAttempts ?? settings.NOTIFICATION_MAX_ATTEMPTS,
    onDeadLetter: skipped.length < MAX_SKIPPED ? (bot?.onDeadLetter ?? settings.ON_DEAD_LETTER) : 'pause',
  }
}

async function logHint({ deps, log }: AttemptContext, { callbackUri }: NotificationRecord): Promise<void> {
  const hint = await deps.callbackUrlPolicy.findHint(callbackUri)
  if (hint) log(hint, 'warning')
}

/** A token that cannot be issued makes the attempt fail like any other error, so it is retried. */
async function postNotification(
  { deps: { settings, send, notificationTokens }, callId }: AttemptContext,
  notification: NotificationRecord,
  attempt: number,
  redirectedTo: string | undefined,
): Promise<AttemptResult> {
  try {
    return await send(notification, {
      attempt,
      token: await notificationTokens.issue(notification),
      timeoutMs: settings.NOTIFICATION_TIMEOUT_MS,
      redirectedTo,
      callId,
      traceparent: traceparent(),
    })
  } catch (error) {
    return { error: String(error) }
  }
}
