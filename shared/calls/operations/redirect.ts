import type { Call, Decision, EndReason, RingingParticipant, RuleContext } from '../call.js'
import type { RedirectCommand } from '../commands.js'
import { requireInstanceForPhones } from '../errors.js'
import { findOfferer, toSuccessor } from '../legs/links.js'
import { READ_LEGS } from '../legs/timer.js'
import type { ParticipantInfo } from '../resources.js'
import { botInfo, ringParticipants, silentDecision, stopRinging, terminateCall, updateCall } from '../updates.js'

/** How long one target rings, and how long several ring (Graph: call-redirect). */
const DEFAULT_TIMEOUT_MS = { one: 55_000, several: 60_000 }

/**
 * The bot redirects an incoming call. All targets ring. The first who answers is connected to the caller, and the call
 * of the bot ends.
 *
 * @throws CallError when a target is a phone and the caller has not called an application instance
 */
export function redirect(call: Call, command: RedirectCommand, context: RuleContext): Decision {
  const { targets, callbackUri, timeoutMs, legCallIds } = command
  requireInstanceForPhones(botInfo(call), targets, 'targets')
  const ringTimeoutMs = timeoutMs ?? (targets.length > 1 ? DEFAULT_TIMEOUT_MS.several : DEFAULT_TIMEOUT_MS.one)
  const redirecting = updateCall(call, {
    state: 'redirecting',
    ...(callbackUri !== undefined && { callbackUri, isCallbackNamed: true }),
    ringTimeoutMs,
    callerParticipantId: call.callerParticipantId ?? context.newId(),
    timers: call.timers.filter(({ id }) => id === READ_LEGS),
  })
  const next = ringParticipants(redirecting, targets, context, { legCallIds })
  return { call: next, operations: [], events: [{ type: 'redirecting', call: next }] }
}

/** A target of the redirect answers. */
export function redirectAnswered(call: Call, target: RingingParticipant, context: RuleContext): Decision {
  const legCallId = findOfferer(call)?.callId
  const caller = {
    participantId: call.callerParticipantId ?? '',
    info: call.source,
    ...(legCallId !== undefined && { legCallId }),
  }
  const answering = toSuccessor({ ...target, info: context.addDirectoryDetails(target.info) })
  return terminateCall({ ...call, connected: [caller, answering] }, 'redirected', context.now)
}

/** Who answered a redirected call. */
export const answererOf = ({ endReason, connected }: Call): ParticipantInfo | undefined =>
  endReason === 'redirected' ? connected?.[1].info : undefined

/** A target of the redirect declines or rings out. The call ends after the last target. */
export function redirectRefused(call: Call, target: RingingParticipant, reason: EndReason, now: number): Decision {
  const remaining = updateCall(stopRinging(call, target.participantId))
  return remaining.ringing.length > 0 ? silentDecision(remaining) : terminateCall(remaining, reason, now)
}
