import type { Call, Decision, RuleContext, Timer } from './call.js'
import { terminate } from './change.js'

/** The bot says that it is still there. Before the call is established nobody waits for it. */
export function keepAlive(call: Call, _: unknown, context: RuleContext): Decision {
  const next = call.state === 'established' ? withKeepAlive(call, context) : call
  return { call: next, operations: [], announcements: [] }
}

/** Gives the bot its time anew. */
export function withKeepAlive(call: Call, { now, keepAliveWithinMs }: RuleContext): Call {
  const timer: Timer = { id: 'keepAlive', at: now + keepAliveWithinMs, command: { type: 'missKeepAlive' } }
  return { ...call, timers: [...call.timers.filter(({ id }) => id !== timer.id), timer] }
}

/** The bot has been silent for too long: it is taken to be gone. */
export function missKeepAlive(call: Call, _: unknown, context: RuleContext): Decision {
  return terminate(call, 'notKeptAlive', context.now)
}
