import type { Call, Decision } from '../call.js'

/** Decides on the call of a decision, unless it has ended. The events and the operations of both are kept. */
export function after(decision: Decision, decideNext: (call: Call) => Decision): Decision {
  if (decision.call.state === 'terminated') return decision
  const next = decideNext(decision.call)
  return {
    call: next.call,
    operations: [...decision.operations, ...next.operations],
    events: [...decision.events, ...next.events],
  }
}
