import type { Clock } from '../platform/clock.js'
import type { CallbackFault, Faults } from '../simulator/faults.js'
import type { CallStore } from '../storage/callStore.js'
import type { NotificationRecord } from '../storage/records.js'
import { breakSignature } from './breakSignature.js'
import type { AttemptResult, Posted } from './retryPolicy.js'
import type { Send, SendOptions } from './send.js'

// What the faults of a callback do. Each stays within its attempt and the timeout of that attempt, which is shorter than
// the lease. So the delivery of a call works with a fault as without: a notification is acknowledged only when its
// callback, or a fault in its place, has answered 2xx, and one that is held when the process ends is sent again.

/** How long a notification that is to arrive after the next one waits for that one. */
const REORDER_WAIT_MS = 1_000
const REORDER_POLL_MS = 50
/** How many early POSTs are remembered. One that is forgotten is sent again. */
const MAX_EARLY_POSTS = 1_000

export interface CallbackFaultDependencies {
  readonly faults: Pick<Faults, 'takeForCallback'>
  readonly calls: Pick<CallStore, 'readNotifications'>
  readonly notificationTokens: { issueExpired(bot: { applicationId: string; tenantId: string }): Promise<string> }
  readonly clock: Clock
}

/** One attempt at a notification of a call. */
interface FaultyAttempt {
  readonly send: Send
  readonly notification: NotificationRecord
  readonly options: SendOptions
  readonly callId: string
  readonly early: EarlyPosts
}

/** Returns a sender that injects the faults of the application into the attempts of deliveries. */
export function withFaults(send: Send, deps: CallbackFaultDependencies): Send {
  const early = new EarlyPosts()
  return async (notification, options) => {
    const { callId } = options
    if (callId === undefined) return send(notification, options)
    const earlyResult = early.take(notification.id)
    if (earlyResult) return earlyResult
    // Before anything is awaited: attempts at the same time must not take the same count.
    const fault = deps.faults.takeForCallback(notification.applicationId, notification.sequence)
    if (!fault) return send(notification, options)
    const result = await applyFault(fault, { send, notification, options, callId, early }, deps)
    return { ...result, fault: fault.effect }
  }
}

async function applyFault(
  fault: CallbackFault,
  attempt: FaultyAttempt,
  deps: CallbackFaultDependencies,
): Promise<AttemptResult> {
  const { send, notification, options } = attempt
  switch (fault.effect) {
    case 'status': {
      const { status, retryAfterSeconds } = fault
      return { status, ...(retryAfterSeconds !== undefined && { retryAfterMs: retryAfterSeconds * 1000 }) }
    }
    // Reported at once: the delivery waits for its retry anyway.
    case 'timeout':
      return { error: 'timeout' }
    case 'reset':
      return { error: 'ECONNRESET' }
    case 'delay':
      return sendLater(attempt, fault.delayMs, deps.clock)
    case 'duplicate':
      return sendTwice(attempt, deps.clock)
    case 'dropAcknowledgement':
      await send(notification, options)
      return { error: 'answer dropped' }
    case 'reorder':
      return sendAfterNext(attempt, deps)
    case 'expiredToken':
      return send(notification, { ...options, token: await deps.notificationTokens.issueExpired(notification) })
    case 'wrongSignature':
      return send(notification, { ...options, token: breakSignature(options.token) })
  }
}

/** The delay is a part of the attempt, so that no delay is longer than the lease. One over the timeout is a timeout. */
async function sendLater({ send, notification, options }: FaultyAttempt, delayMs: number, clock: Clock) {
  const { timeoutMs } = options
  await clock.sleep(Math.min(delayMs, timeoutMs))
  if (delayMs >= timeoutMs) return { error: 'timeout' }
  return sendTimed(clock, () => send(notification, { ...options, timeoutMs: timeoutMs - delayMs }))
}

/** Both POSTs at the same time, because one after the other could take longer than the lease. */
async function sendTwice({ send, notification, options }: FaultyAttempt, clock: Clock): Promise<AttemptResult> {
  const [result, duplicate] = await Promise.all([
    send(notification, options),
    sendTimed(clock, () => send(notification, options)),
  ])
  const { posted, status, error } = duplicate
  return { ...result, duplicate: { ...posted, status, error } }
}

/**
 * POSTs the next notification of the call before this one. The result of the early POST becomes that of the first
 * attempt at the next notification, which then contacts no callback.
 */
async function sendAfterNext(
  { send, notification, options, callId, early }: FaultyAttempt,
  deps: CallbackFaultDependencies,
): Promise<AttemptResult> {
  const { clock } = deps
  const deadline = clock.now() + options.timeoutMs
  const timeLeft = () => Math.max(1, Math.floor(deadline - clock.now()))
  const waitMs = Math.min(REORDER_WAIT_MS, options.timeoutMs / 2)
  const next = await waitForNotification(deps, callId, notification.sequence + 1, waitMs)
  if (next && !early.has(next.id)) {
    const redirectedTo = next.usesRedirect ? options.redirectedTo : undefined
    // Half of the time that is left, so that this one can still be sent when the callback does not answer.
    const timeoutMs = Math.ceil(timeLeft() / 2)
    const result = await sendTimed(clock, () => send(next, { ...options, attempt: 1, timeoutMs, redirectedTo }))
    early.keep(next.id, { ...result, fault: 'reorder' })
  }
  return sendTimed(clock, () => send(notification, { ...options, timeoutMs: timeLeft() }))
}

/** Returns undefined when the call has no such notification in time, or when the storage does not answer. */
async function waitForNotification(
  { calls, clock }: CallbackFaultDependencies,
  callId: string,
  sequence: number,
  waitMs: number,
): Promise<NotificationRecord | undefined> {
  const until = clock.now() + waitMs
  for (;;) {
    const { notifications } = await calls.readNotifications(callId).catch(() => ({ notifications: [] }))
    const found = notifications.find((candidate) => candidate.sequence === sequence)
    if (found || clock.now() >= until) return found
    await clock.sleep(REORDER_POLL_MS)
  }
}

async function sendTimed(
  clock: Clock,
  post: () => Promise<AttemptResult>,
): Promise<AttemptResult & { readonly posted: Posted }> {
  const at = clock.now()
  const result = await post()
  return { ...result, posted: { at, durationMs: clock.now() - at } }
}

/** The results of POSTs that were made before their turn, by the ids of their notifications. */
class EarlyPosts {
  readonly #results = new Map<string, AttemptResult>()

  has(id: string): boolean {
    return this.#results.has(id)
  }

  keep(id: string, result: AttemptResult): void {
    const [oldest] = this.#results.keys()
    if (this.#results.size >= MAX_EARLY_POSTS && oldest !== undefined) this.#results.delete(oldest)
    this.#results.set(id, result)
  }

  take(id: string): AttemptResult | undefined {
    const result = this.#results.get(id)
    this.#results.delete(id)
    return result
  }
}
