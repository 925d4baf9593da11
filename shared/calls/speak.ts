import type { Call, Decision, RuleContext } from './call.js'
import type { PersonSpeaksCommand } from './commands.js'
import { recordSpeech } from './mediaQueue.js'
import { requireParticipant } from './roster.js'
import { silentDecision } from './updates.js'

/** Whether a recording hears the person: one who is muted, on hold or in the lobby is not heard. */
export function isAudible(call: Call, personId: string): boolean {
  const { id, isMuted, isInLobby } = requireParticipant(call, personId)
  return !isMuted && !isInLobby && call.heldParticipantId !== id
}

/** A person says something. Without a recording that runs or waits, it is heard by no one. */
export function personSpeaks(call: Call, command: PersonSpeaksCommand, context: RuleContext): Decision {
  const { personId, durationMs, audio } = command
  if (!isAudible(call, personId)) return silentDecision(call)
  return recordSpeech(call, { durationMs, audio }, context)
}
