import type { Call, Decision, RuleContext } from './call.js'
import type { PersonPressesCommand, SubscribeToToneCommand } from './commands.js'
import { requireParticipant } from './participants.js'
import { completedOperation, silentDecision, updateCall } from './updates.js'

/** Subscribes the bot to the keys that are pressed from now on. A second subscription changes nothing. */
export function subscribeToTone(call: Call, command: SubscribeToToneCommand, context: RuleContext): Decision {
  const operation = completedOperation('subscribeToTone', command, context)
  return { call: { ...call, lastToneId: call.lastToneId ?? 0 }, operations: [operation], events: [] }
}

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
