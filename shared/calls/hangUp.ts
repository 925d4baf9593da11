import type { Call, Decision, RuleContext } from './call.js'
import { close, terminate } from './change.js'

/** The bot ends the call, or leaves a meeting. The last step follows at once by a timer, as a call tears down its media. */
export function hangUp(call: Call, _: unknown, context: RuleContext): Decision {
  const timers = [{ id: 'disconnect', at: context.now, command: { type: 'disconnect' } as const }]
  return close(call, { state: 'terminating', ending: 'hungUp', timers }, context.now)
}

/** Everything is torn down. */
export function disconnect(call: Call, _: unknown, context: RuleContext): Decision {
  return terminate(call, call.ending ?? 'hungUp', context.now)
}
