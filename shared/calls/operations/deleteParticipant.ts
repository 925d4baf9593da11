import type { Call, Decision, RingingParticipant, RuleContext } from '../call.js'
import type { ParticipantCommand } from '../commands.js'
import { requireGroupCall } from '../errors.js'
import { askLegOf } from '../legs/links.js'
import { leaveGroup, removeInvitee } from '../participants.js'
import { requireNotBot, requireRosterEntry } from '../roster.js'

/**
 * Removes a participant from a group call, as if they had left, or cancels the invitation of one who has not joined
 * (Graph: participant-delete).
 */
export function deleteParticipant(call: Call, { participantId }: ParticipantCommand, context: RuleContext): Decision {
  const invitee = findInvitee(call, participantId)
  if (invitee) return removeInvitee(call, invitee, 'inviteCanceled', context)
  requireGroupCall(call, 'deleteParticipant')
  requireNotBot(call, participantId, 'leaves the call with DELETE calls/{callId}')
  const { id } = requireRosterEntry(call, participantId)
  return leaveGroup(askLegOf(call, id, 'remove'), id, context.now)
}

/**
 * No message shows the id that an invited participant will have in the roster. So `id` may also be the participantId
 * from the invitation, unless it is the id of a participant who has joined.
 */
function findInvitee(call: Call, id: string): RingingParticipant | undefined {
  if (call.participants.some((participant) => participant.id === id)) return undefined
  return call.ringing.find(({ participantId, info }) => participantId === id || info.participantId === id)
}
