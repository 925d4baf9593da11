import type { Call, Decision, RuleContext } from './call.js'
import type { PersonPressesCommand } from './commands.js'
import { isInLobby } from './errors.js'
import { stopRecordingByTone } from './mediaQueue.js'
import type { Tone } from './resources.js'
import { requireParticipant } from './roster.js'
import { silentDecision, updateCall } from './updates.js'

/** A person presses a key of their phone. It may end a recording, whether or not the bot has subscribed to tones. */
export function personPresses(call: Call, { personId, tone }: PersonPressesCommand, context: RuleContext): Decision {
  if (requireParticipant(call, personId).isInLobby) throw isInLobby(personId)
  const reported = reportTone(call, tone)
  const stopped = stopRecordingByTone(reported.call, tone, context)
  return { ...stopped, events: [...reported.events, ...stopped.events] }
}

/** Without a subscription there is no event. */
function reportTone(call: Call, tone: Tone): Decision {
  if (call.lastToneId === undefined) return silentDecision(call)
  const sequenceId = call.lastToneId + 1
  const next = updateCall(call, { lastToneId: sequenceId })
  return {
    call: next,
    operations: [],
    events: [{ type: 'tonePressed', call: next, tone: { sequenceId, tone } }],
  }
}
