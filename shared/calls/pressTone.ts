import type { Call, Decision } from './call.js'
import type { PersonPressesCommand } from './commands.js'
import { requireParticipant } from './roster.js'
import { silentDecision, updateCall } from './updates.js'

/** A person presses a key of their phone. Without a subscription there is no event. */
export function personPresses(call: Call, { personId, tone }: PersonPressesCommand): Decision {
  requireParticipant(call, personId)
  if (call.lastToneId === undefined) return silentDecision(call)
  const sequenceId = call.lastToneId + 1
  const next = updateCall(call, { lastToneId: sequenceId })
  return {
    call: next,
    operations: [],
    events: [{ type: 'tonePressed', call: next, tone: { sequenceId, tone } }],
  }
}
