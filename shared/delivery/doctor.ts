import type { DoctorReport } from '../inspection/views.js'
import type { Clock } from '../platform/clock.js'
import type { Bot } from '../storage/botStore.js'
import { breakSignature } from './breakSignature.js'
import type { CallbackUrlPolicy } from './callbackUrlPolicy.js'
import type { ReadCertificate } from './certificate.js'
import {
  type CallbackAnswer,
  type CheckedCallback,
  type Diagnosis,
  diagnoseAnswer,
  diagnoseBrokenToken,
  diagnoseRefusedUrl,
  diagnoseUnsignedToken,
  isAbsent,
  isCertificateProblem,
} from './diagnosis.js'
import type { Post } from './send.js'

export interface DoctorDependencies {
  readonly post: Post
  readonly readCertificate: ReadCertificate
  readonly notificationTokens: { issue(bot: { applicationId: string; tenantId: string }): Promise<string> }
  readonly callbackUrlPolicy: Pick<CallbackUrlPolicy, 'check' | 'rewrite'>
  readonly clock: Pick<Clock, 'now'>
  readonly newId: () => string
  readonly settings: { readonly NOTIFICATION_ISSUER: string }
}

/** Shorter than for a delivery: a developer waits for the report. */
const TIMEOUT_MS = 5_000
/** All other paths are tried at once, after the first answer. */
const OTHER_PATH_TIMEOUT_MS = 2_000
/** Bots answer at these paths: those of Microsoft's samples, and of the documents of Ringback and of Bot Framework. */
const USUAL_PATHS = [
  '/api/calls',
  '/api/calling',
  '/api/calling/notification',
  '/api/callback',
  '/callback/calling',
  '/callback',
  '/api/messages',
]

/** A callback to check. */
export interface CallbackToCheck extends Pick<Bot, 'callingWebhook' | 'dialect'> {
  /** The audience of the tokens. Absent for a bot that is not registered and whose id is not known. */
  readonly applicationId?: string | undefined
  readonly tenantId?: string | undefined
}

/** The callback with the ids of its tokens. */
type Target = CallbackToCheck & Pick<Bot, 'applicationId' | 'tenantId'>

/**
 * Sends two test notifications to a callback, one of them with a token whose signature is broken, and says what is
 * wrong with the answers. The token is not judged when the callback does not answer.
 *
 * @param timeoutMs how long the callback may take to answer
 */
export async function checkCallback(
  deps: DoctorDependencies,
  checked: CallbackToCheck,
  timeoutMs = TIMEOUT_MS,
): Promise<DoctorReport> {
  const { applicationId = deps.newId(), tenantId = deps.newId(), callingWebhook } = checked
  const target = { ...checked, applicationId, tenantId }
  const prepared = await prepare(deps, target)
  if ('diagnosis' in prepared) return { checks: [{ name: 'callback', ...prepared.diagnosis }] }
  const { token } = prepared
  const callback: CheckedCallback = {
    url: callingWebhook,
    contactedUrl: deps.callbackUrlPolicy.rewrite(callingWebhook),
    applicationId,
    isAudienceKnown: checked.applicationId !== undefined,
    issuer: deps.settings.NOTIFICATION_ISSUER,
    timeoutMs,
  }
  const [answer, answerToBroken] = await Promise.all([
    postTest(deps, target, token, timeoutMs).then((first) => investigate(deps, target, token, first)),
    postTest(deps, target, breakSignature(token), timeoutMs),
  ])
  const callbackCheck = { name: 'callback', ...diagnoseAnswer(answer, callback) } as const
  if ('error' in answer) return { checks: [callbackCheck] }
  return { checks: [callbackCheck, { name: 'token', ...diagnoseBrokenToken(answerToBroken, callback) }] }
}

/** Finds out more about an answer: which certificate was refused, or which path is right. */
async function investigate(
  deps: DoctorDependencies,
  target: Target,
  token: string,
  answer: CallbackAnswer,
): Promise<CallbackAnswer> {
  if ('error' in answer) {
    if (!isCertificateProblem(answer.error)) return answer
    return { ...answer, certificate: await deps.readCertificate(target.callingWebhook) }
  }
  return answer.status === 404 ? { ...answer, otherPath: await findOtherPath(deps, target, token) } : answer
}

async function findOtherPath(deps: DoctorDependencies, target: Target, token: string) {
  const { pathname } = new URL(target.callingWebhook)
  const paths = USUAL_PATHS.filter((path) => path !== pathname)
  const answers = await Promise.all(
    paths.map(async (path) => {
      // The query stays: it may have the key of an Azure function.
      const callingWebhook = Object.assign(new URL(target.callingWebhook), { pathname: path }).href
      return { path, answer: await postTest(deps, { ...target, callingWebhook }, token, OTHER_PATH_TIMEOUT_MS) }
    }),
  )
  const found = answers.flatMap(({ path, answer }) => ('error' in answer ? [] : [{ path, status: answer.status }]))
  return found.find(({ status }) => !isAbsent(status))
}

/** Returns the token of the test notification, or what prevents the test. */
async function prepare(deps: DoctorDependencies, bot: Target): Promise<{ token: string } | { diagnosis: Diagnosis }> {
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
  { callingWebhook, dialect }: Target,
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
    const options = { attempt: 1, token, readsBody: true } as const
    const response = await post(callingWebhook, notification, options, AbortSignal.timeout(timeoutMs))
    return { ...response, durationMs: clock.now() - startedAt, text: await response.text }
  } catch (error) {
    return { error }
  }
}
