import type { Call, Decision, EndReason, RuleContext } from './call.js'
import type { RejectCommand } from './commands.js'
import type { RejectReason } from './resources.js'
import { terminateCall } from './updates.js'

const endReasonByRejectReason: Readonly<Record<RejectReason, EndReason>> = {
  none: 'declined',
  busy: 'busy',
  forbidden: 'forbidden',
}

/** The bot rejects the incoming call, which ends it. A `callbackUri` in the request gets the last notification. */
export function reject(
  call: Call,
  { reason, callbackUri = call.callbackUri }: RejectCommand,
  context: RuleContext,
): Decision {
  return terminateCall({ ...call, callbackUri }, endReasonByRejectReason[reason], context.now)
}
