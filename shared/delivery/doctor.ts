import type { DoctorReport } from '../inspection/views.js'
import type { Clock } from '../platform/clock.js'
import type { Bot } from '../storage/botStore.js'
import { breakSignature } from './breakSignature.js'
import type { CallbackUrlPolicy } from './callbackUrlPolicy.js'
import {
  type CallbackAnswer,
  type CheckedCallback,
  type Diagnosis,
  diagnoseAnswer,
  diagnoseBrokenToken,
  diagnoseRefusedUrl,
  diagnoseUnsignedToken,
} from './diagnosis.js'
import type { Post } from './send.js'

export interface DoctorDependencies {
  readonly post: Post
  readonly notificationTokens: { issue(bot: { applicationId: string; tenantId: string }): Promise<string> }
  readonly callbackUrlPolicy: Pick<CallbackUrlPolicy, 'check' | 'rewrite'>
  readonly clock: Pick<Clock, 'now'>
  readonly newId: () => string
  readonly settings: { readonly NOTIFICATION_ISSUER: string }
}

/** Shorter than for a delivery: a developer waits for the report. */
const TIMEOUT_MS = 5_000

/**
 * Sends two test notifications to the callback of a bot, one of them with a token whose signature is broken, and says
 * what is wrong with the answers. The token is not judged when the callback does not answer.
 *
 * @param timeoutMs how long the callback may take to answer
 */
export async function checkCallback(deps: DoctorDependencies, bot: Bot, timeoutMs = TIMEOUT_MS): Promise<DoctorReport> {
  const prepared = await prepare(deps, bot)
  if ('diagnosis' in prepared) return { checks: [{ name: 'callback', ...prepared.diagnosis }] }
  const { token } = prepared
  const callback: CheckedCallback = {
    url: bot.callingWebhook,
    contactedUrl: deps.callbackUrlPolicy.rewrite(bot.callingWebhook),
    applicationId: bot.applicationId,
    issuer: deps.settings.NOTIFICATION_ISSUER,
    timeoutMs,
  }
  const [answer, answerToBroken] = await Promise.all([
    postTest(deps, bot, token, timeoutMs),
    postTest(deps, bot, breakSignature(token), timeoutMs),
  ])
  const callbackCheck = { name: 'callback', ...diagnoseAnswer(answer, callback) } as const
  if ('error' in answer) return { checks: [callbackCheck] }
  return { checks: [callbackCheck, { name: 'token', ...diagnoseBrokenToken(answerToBroken, callback) }] }
}

/** Returns the token of the test notification, or what prevents the test. */
async function prepare(deps: DoctorDependencies, bot: Bot): Promise<{ token: string } | { diagnosis: Diagnosis }> {
  try {
    await deps.callbackUrlPolicy.check(bot.callingWebhook, 'callingWebhook')
  } catch (error) {
    return { diagnosis: diagnoseRefusedUrl(error) }
  }
  try {
    return { token: await deps.notificationTokens.issue(bot) }
  } catch (error) {
    return { diagnosis: diagnoseUnsignedToken(error) }
  }
}

/** POSTs a notification that reports nothing, so that no bot can take it for one of a call. */
async function postTest(
  { post, clock, newId }: DoctorDependencies,
  { callingWebhook, dialect }: Bot,
  token: string,
  timeoutMs: number,
): Promise<CallbackAnswer> {
  const envelope = dialect === 'communications' ? { '@odata.type': '#microsoft.graph.commsNotifications' } : {}
  // Sequence numbers begin with 1, so this one belongs to no call.
  const notification = {
    id: newId(),
    sequence: 0,
    scenarioId: newId(),
    body: JSON.stringify({ ...envelope, value: [] }),
  }
  const startedAt = clock.now()
  try {
    const response = await post(callingWebhook, notification, { attempt: 1, token }, AbortSignal.timeout(timeoutMs))
    return { ...response, durationMs: clock.now() - startedAt }
  } catch (error) {
    return { error }
  }
}
