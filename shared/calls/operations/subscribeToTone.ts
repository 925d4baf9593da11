import type { Call, Decision, RuleContext } from '../call.js'
import type { ActionCommand } from '../commands.js'
import { completedOperation } from '../operation.js'

/** Subscribes the bot to the keys that are pressed from now on. A second subscription changes nothing. */
export function subscribeToTone(call: Call, command: ActionCommand, context: RuleContext): Decision {
  const operation = completedOperation('subscribeToTone', command, context)
  return { call: { ...call, lastToneId: call.lastToneId ?? 0 }, operations: [operation], events: [] }
}
