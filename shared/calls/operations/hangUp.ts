import type { Call, Decision, RuleContext } from '../call.js'
import { closeCall, terminateCall } from '../updates.js'

/**
 * The bot ends the call or leaves the meeting. A timer that is due at once disconnects it: a real
 * call tears down its media in between.
 */
export function hangUp(call: Call, _: unknown, context: RuleContext): Decision {
  const timers = [{ id: 'disconnect', at: context.now, command: { type: 'disconnect' } as const }]
  return closeCall(call, { state: 'terminating', endReason: 'hungUp', timers }, context.now)
}

/** The media is torn down, so the call terminates. */
export function disconnect(call: Call, _: unknown, context: RuleContext): Decision {
  return terminateCall(call, call.endReason ?? 'hungUp', context.now)
}
