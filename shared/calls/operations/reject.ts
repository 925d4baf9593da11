import type { Call, Decision, RuleContext } from '../call.js'
import type { Refusal, RejectCommand } from '../commands.js'
import type { RejectReason } from '../resources.js'
import { terminateCall } from '../updates.js'

/** Why a call ends that its bot has rejected for a reason. */
export const endReasonByRejectReason: Readonly<Record<RejectReason, Refusal>> = {
  none: 'declined',
  busy: 'busy',
  forbidden: 'forbidden',
}

/** The bot rejects the incoming call, which ends it. A `callbackUri` in the request gets the last notification. */
export function reject(call: Call, { reason, callbackUri }: RejectCommand, context: RuleContext): Decision {
  const named = callbackUri === undefined ? call : { ...call, callbackUri, isCallbackNamed: true }
  return terminateCall(named, endReasonByRejectReason[reason], context.now)
}
