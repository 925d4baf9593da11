import type { Call, Decision, RuleContext } from '../call.js'
import type { ActionCommand, ParticipantCommand, PersonCommand } from '../commands.js'
import { askLegOf } from '../legs/links.js'
import { completedOperation } from '../operation.js'
import { requireParticipant, requireRosterEntry } from '../roster.js'
import { changeParticipant, silentDecision } from '../updates.js'

/** The bot mutes or unmutes itself. */
export function setBotMuted(call: Call, command: ActionCommand, context: RuleContext): Decision {
  const isMuted = command.type === 'mute'
  const operation = completedOperation(isMuted ? 'muteParticipant' : 'unmuteParticipant', command, context)
  return { ...setParticipantMuted(call, call.myParticipantId, isMuted), operations: [operation] }
}

/** The bot mutes a participant, or itself. */
export function muteParticipant(call: Call, command: ParticipantCommand, context: RuleContext): Decision {
  const { id } = requireRosterEntry(call, command.participantId)
  const operation = completedOperation('muteParticipant', command, context)
  return { ...setParticipantMuted(askLegOf(call, id, 'mute'), id, true), operations: [operation] }
}

/** A person mutes or unmutes themselves. */
export const setPersonMuted = (call: Call, { type, personId }: PersonCommand): Decision =>
  setParticipantMuted(call, requireParticipant(call, personId).id, type === 'personMutes')

/** Changes nothing if the participant is already in that state. A peer-to-peer call has no roster to report. */
export function setParticipantMuted(call: Call, participantId: string, isMuted: boolean): Decision {
  const participant = call.participants.find(({ id }) => id === participantId)
  if (!participant || participant.isMuted === isMuted) return silentDecision(call)
  const next = changeParticipant(call, participant, { isMuted })
  return { call: next, operations: [], events: next.isGroup ? [{ type: 'rosterUpdated', call: next }] : [] }
}
