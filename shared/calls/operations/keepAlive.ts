import type { Call, Decision, RuleContext, Timer } from '../call.js'
import { silentDecision, terminateCall } from '../updates.js'

/** The bot reports that it still uses the call. Only an established call has a keep-alive timer to restart. */
export function keepAlive(call: Call, _: unknown, context: RuleContext): Decision {
  const next = call.state === 'established' ? restartKeepAliveTimer(call, context) : call
  return silentDecision(next)
}

/** Starts the keep-alive timer of the call, or restarts it with the full timeout. */
export function restartKeepAliveTimer(call: Call, { now, keepAliveTimeoutMs }: RuleContext): Call {
  const timer: Timer = { id: 'keepAlive', at: now + keepAliveTimeoutMs, command: { type: 'keepAliveTimedOut' } }
  return { ...call, timers: [...call.timers.filter(({ id }) => id !== timer.id), timer] }
}

/** The bot sent no keep-alive request in time, so it is assumed to be gone. */
export function keepAliveTimedOut(call: Call, _: unknown, context: RuleContext): Decision {
  return terminateCall(call, 'notKeptAlive', context.now)
}
