import type { Call, Decision, RuleContext, Timer } from './call.js'
import { changed, newOperation, samePerson, withRinging } from './change.js'
import type { InviteCommand, Replaced } from './commands.js'
import { CallError } from './errors.js'
import type { Invitation, ParticipantInfo } from './resources.js'

/** When a call ends, all that still run end with it in one transaction, and that has at most 100 rows (Azure Tables). */
const MAX_RUNNING_INVITATIONS = 20

/**
 * Rings the invited people. The operation ends when each of them has answered or will not. The first may be moved here from
 * another call: they don't ring, they come.
 */
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
  const { replaces, participants } = command
  const operation = newOperation('inviteParticipants', command, context, { participants })
  const [first, ...others] = participants
  const invited =
    first && replaces
      ? withRinging(withMoving(call, first, replaces, operation.id, context), others, context, operation.id)
      : withRinging(call, participants, context, operation.id)
  const next = changed(invited, { operations: [...call.operations, operation] })
  return { call: next, operations: [operation], announcements: [] }
}

function withMoving(
  call: Call,
  { replacesCallId: _, ...given }: Invitation,
  replaces: Replaced,
  operationId: string,
  context: RuleContext,
): Call {
  const participantId = context.newId()
  // The invitation may say no more of them than who they are; the old call knows the rest.
  const info: ParticipantInfo = {
    ...replaces.info,
    ...defined(given),
    identity: { ...replaces.info.identity, ...defined(given.identity) },
  }
  const timer: Timer = {
    id: `movePerson:${participantId}`,
    at: context.now,
    command: { type: 'movePerson', participantId },
    participantId,
  }
  return {
    ...call,
    ringing: [...call.ringing, { participantId, info, operationId, replaces }],
    timers: [...call.timers, timer],
  }
}

const defined = <T extends object>(value: T): Partial<T> =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Partial<T>
