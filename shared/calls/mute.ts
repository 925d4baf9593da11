import type { Call, Decision, RuleContext } from './call.js'
import { changed, doneAtOnce } from './change.js'
import type { MuteCommand, PersonCommand } from './commands.js'
import { presentPerson } from './people.js'

/** The bot mutes or unmutes itself. */
export function muteBot(call: Call, command: MuteCommand, context: RuleContext): Decision {
  const isMuted = command.type === 'mute'
  const operation = doneAtOnce(isMuted ? 'muteParticipant' : 'unmuteParticipant', command, context)
  return { ...withMuted(call, call.myParticipantId, isMuted), operations: [operation] }
}

/** Somebody at the other end mutes or unmutes themselves. */
export const mutePerson = (call: Call, { type, personId }: PersonCommand): Decision =>
  withMuted(call, presentPerson(call, personId).id, type === 'personMutes')

/** Who is muted already stays so, and nobody is told. */
function withMuted(call: Call, participantId: string, isMuted: boolean): Decision {
  const changes = call.participants.some((one) => one.id === participantId && one.isMuted !== isMuted)
  if (!changes) return { call, operations: [], announcements: [] }
  const participants = call.participants.map((one) =>
    one.id === participantId ? { ...one, isMuted, version: one.version + 1 } : one,
  )
  const next = changed(call, { participants })
  return { call: next, operations: [], announcements: next.group ? [{ type: 'rosterUpdated', call: next }] : [] }
}
