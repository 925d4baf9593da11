import type { Call, CallEvent, Decision, RuleContext } from '../call.js'
import { terminateCall } from '../updates.js'

/** The bot ends the call or leaves the meeting. There is no media to tear down, so the call terminates at once. */
export function hangUp(call: Call, _: unknown, context: RuleContext): Decision {
  const end = terminateCall(call, 'hungUp', context.now)
  const terminating: CallEvent = { type: 'terminating', call: { ...end.call, state: 'terminating' } }
  return { ...end, events: end.events.toSpliced(-1, 0, terminating) }
}
