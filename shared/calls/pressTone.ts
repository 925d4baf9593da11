import type { Call, Decision, RuleContext } from './call.js'
import type { PersonPressesCommand } from './commands.js'
import { isInLobby } from './errors.js'
import { sendToneToLegs } from './legs/links.js'
import { stopRecordingByTone } from './mediaQueue.js'
import type { Tone } from './resources.js'
import { requireParticipant } from './roster.js'
import { silentDecision, updateCall } from './updates.js'

/** A person presses a key of their phone. It may end a recording, whether or not the bot has subscribed to tones. */
export function personPresses(call: Call, { personId, tone }: PersonPressesCommand, context: RuleContext): Decision {
  if (requireParticipant(call, personId).isInLobby) throw isInLobby(personId)
  return hearTone(sendToneToLegs(call, tone), tone, context)
}

/** The bot hears a tone of a person or of another application. */
export function hearTone(call: Call, tone: Tone, context: RuleContext): Decision {
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
