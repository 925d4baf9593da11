import type { Call, Decision, RuleContext, Timer } from '../call.js'
import { silentDecision, terminateCall } from '../updates.js'

const KEEP_ALIVE_TIMER = 'keepAlive'

/** The bot reports that it still uses the call. A call has no keep-alive timer until it is established. */
export function keepAlive(call: Call, _: unknown, context: RuleContext): Decision {
  const isTimed = call.timers.some(({ id }) => id === KEEP_ALIVE_TIMER)
  return silentDecision(isTimed ? restartKeepAliveTimer(call, context) : call)
}

/** Starts the keep-alive timer of the call, or restarts it with the full timeout. */
export function restartKeepAliveTimer(call: Call, { now, keepAliveTimeoutMs }: RuleContext): Call {
  const timer: Timer = { id: KEEP_ALIVE_TIMER, at: now + keepAliveTimeoutMs, command: { type: 'keepAliveTimedOut' } }
  return { ...call, timers: [...call.timers.filter(({ id }) => id !== timer.id), timer] }
}

/** The bot sent no keep-alive request in time, so it is assumed to be gone. */
export function keepAliveTimedOut(call: Call, _: unknown, context: RuleContext): Decision {
  return terminateCall(call, 'notKeptAlive', context.now)
}
