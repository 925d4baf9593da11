import type { Call, Decision, Ending, RuleContext } from './call.js'
import { terminate } from './change.js'
import type { RejectCommand } from './commands.js'

const endingOf: Readonly<Record<RejectCommand['reason'], Ending>> = {
  none: 'declined',
  busy: 'busy',
  forbidden: 'forbidden',
}

/** The bot refuses the incoming call, which ends it. */
export function reject(
  call: Call,
  { reason, callbackUri = call.callbackUri }: RejectCommand,
  context: RuleContext,
): Decision {
  return terminate({ ...call, callbackUri }, endingOf[reason], context.now)
}
