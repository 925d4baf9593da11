import type { Call, Decision, RuleContext } from '../call.js'
import type { MuteAllCommand } from '../commands.js'
import { askLegOf } from '../legs/links.js'
import { completedOperation } from '../operation.js'
import { otherParticipants, requireKnownParticipant } from '../roster.js'
import { changeParticipant } from '../updates.js'

/**
 * Mutes the named participants, or all but the bot. A group call reports one roster, and none if all of them were muted
 * already.
 *
 * @throws CallError when a named participant is not in the call
 */
export function muteAll(call: Call, command: MuteAllCommand, context: RuleContext): Decision {
  const { participants = otherParticipants(call).map(({ id }) => id) } = command
  for (const [index, id] of participants.entries()) requireKnownParticipant(call, id, `participants[${index}]`)
  const ids = new Set(participants)
  const unmuted = call.participants.filter(({ id, isMuted }) => ids.has(id) && !isMuted)
  const next = unmuted.reduce(
    (muted, participant) => changeParticipant(askLegOf(muted, participant.id, 'mute'), participant, { isMuted: true }),
    call,
  )
  return {
    call: next,
    operations: [completedOperation('muteAll', command, context)],
    events: next.isGroup && unmuted.length > 0 ? [{ type: 'rosterUpdated', call: next }] : [],
  }
}
