import type { Call, Decision, InviteCommand, Operation, RuleContext } from './call.js'
import { changed, samePerson, withRinging } from './change.js'
import { CallError } from './errors.js'

/** When a call ends, all that still run end with it in one transaction, and that has at most 100 rows (Azure Tables). */
const MAX_RUNNING_INVITATIONS = 20

/** Rings the invited people. The operation ends when each of them has answered or will not. */
export function invite(call: Call, command: InviteCommand, context: RuleContext): Decision {
  if (!call.group && !call.chatInfo && !context.growsPeerToPeer) {
    throw new CallError(
      'invitationNeedsChat',
      'This is a peer-to-peer call without chatInfo; participants can only be invited into a group call.',
    )
  }
  const running = call.operations.filter(({ type }) => type === 'inviteParticipants').length
  if (running >= MAX_RUNNING_INVITATIONS) {
    throw new CallError('tooManyInvitations', `${running} invitations are still running; let one of them end first.`)
  }
  for (const [index, { identity }] of command.participants.entries()) {
    const present = [...call.participants, ...call.ringing].some((one) => samePerson(one.info.identity.id, identity.id))
    if (present) {
      throw new CallError(
        'alreadyInCall',
        `participants[${index}].identity: ${identity.id} is in the call or already invited to it.`,
      )
    }
  }
  const operation: Operation = {
    id: context.newId(),
    type: 'inviteParticipants',
    status: 'running',
    clientContext: command.clientContext,
    participants: command.participants,
    joined: 0,
    createdAt: context.now,
    lastActionAt: context.now,
    version: 1,
  }
  const ringing = withRinging(call, command.participants, context, operation.id)
  const next = changed(ringing, { operations: [...call.operations, operation] })
  return { call: next, operations: [operation], announcements: [] }
}
