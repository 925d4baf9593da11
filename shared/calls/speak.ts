import type { Call, Decision, RuleContext } from './call.js'
import type { PersonSpeaksCommand } from './commands.js'
import { recordSpeech } from './mediaQueue.js'
import { findPerson } from './roster.js'
import { silentDecision } from './updates.js'

/** Whether a recording hears this participant: not if they are muted, on hold or in the lobby. */
export function isAudible(call: Call, personId: string): boolean {
  const { id, isMuted, isInLobby } = findPerson(call, personId)
  return !isMuted && !isInLobby && call.heldParticipantId !== id
}

/** A simulated person says something. It is ignored if no recording runs or waits. */
export function personSpeaks(call: Call, command: PersonSpeaksCommand, context: RuleContext): Decision {
  const { personId, durationMs, audio } = command
  if (!isAudible(call, personId)) return silentDecision(call)
  return recordSpeech(call, { durationMs, audio }, context)
}
