import type { Call } from '../calls/call.js'
import type { Command, CreationCommand } from '../calls/commands.js'
import type { CommitEvent } from '../inspection/entries.js'
import type { NotificationRecord } from '../storage/records.js'

/** Describes a commit for the event log. */
export function toCommitEvent(
  command: Command | CreationCommand,
  before: Call | undefined,
  after: Call,
  notifications: readonly NotificationRecord[],
): CommitEvent {
  const [first, last] = [notifications.at(0), notifications.at(-1)]
  const [personId, relatedCallId] = [findPerson(command), findRelatedCall(command)]
  // A replaced participant does not ring.
  const rings = after.ringing.filter((person) => !person.replaces && !before?.ringing.includes(person))
  return {
    type: 'commit',
    command: command.type,
    ...(personId !== undefined && { personId }),
    ...(before && { from: before.state }),
    to: after.state,
    ...(first && last && { notifications: [first.sequence, last.sequence] }),
    ...(relatedCallId && { relatedCallId }),
    ...(rings.length > 0 && { rings: rings.map(({ info }) => info.identity.id) }),
  }
}

/** The person who acts, or who calls the bot. */
function findPerson(command: Command | CreationCommand): string | undefined {
  if (command.type === 'incoming') return command.from.identity.id
  if (command.type === 'personJoins') return command.info.identity.id
  return 'personId' in command ? command.personId : undefined
}

/** The other call of a replacement. */
function findRelatedCall(command: Command | CreationCommand): string | undefined {
  if ('newCallId' in command) return command.newCallId
  return 'replaces' in command ? command.replaces?.callId : undefined
}
