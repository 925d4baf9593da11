import type { Call, Decision, RuleContext } from '../call.js'
import type { InviteCommand } from '../commands.js'
import { CallError } from '../errors.js'
import { createOperation } from '../operation.js'
import type { Invitation, ParticipantInfo } from '../resources.js'
import { isInCallOrInvited, requireRoom } from '../roster.js'
import { addReplacement, ringParticipants, updateCall } from '../updates.js'

/** A call that ends finishes its invitations and prompts in one transaction of at most 100 rows (Azure Tables). */
const MAX_RUNNING_INVITATIONS = 20

/**
 * Invites participants. The operation ends when the outcome of each of them is known. The first one may be moved here
 * from another call (`replaces`).
 *
 * @throws CallError when the call accepts no invitation, an invited identity is already in the call or invited to it, or
 *   an application is invited into a group call
 */
export function invite(call: Call, command: InviteCommand, context: RuleContext): Decision {
  requireInvitable(call, command.participants)
  requireNewIdentities(call, command.participants)
  const operation = createOperation('inviteParticipants', command, context, { participants: command.participants })
  const invited = addInvitees(call, command, operation.id, context)
  const next = updateCall(invited, { operations: [...call.operations, operation] })
  return { call: next, operations: [operation], events: [] }
}

function requireInvitable(call: Call, participants: readonly Invitation[]): void {
  // Graph: participant-invite. The first participant who joins makes the call a group call.
  if (!call.isGroup && participants.length > 1) {
    throw new CallError(
      'needsGroupCall',
      `participants: has ${participants.length} items, but an invitation into a peer-to-peer call must have one.`,
    )
  }
  requireNoSecondBot(call, participants)
  requireRoom(call, participants.length)
  const running = call.operations.filter(({ type }) => type === 'inviteParticipants').length
  if (running >= MAX_RUNNING_INVITATIONS) {
    throw new CallError('tooManyInvitations', `${running} invitations are still running; let one of them end first.`)
  }
}

/** Graph: participant-invite. */
function requireNoSecondBot({ isGroup }: Call, participants: readonly Invitation[]): void {
  const index = participants.findIndex(({ identity }) => identity.kind === 'application')
  if (!isGroup || index === -1) return
  throw new CallError(
    'secondBot',
    `participants[${index}].identity: is an application, which cannot be invited into a group call or a meeting.`,
  )
}

function requireNewIdentities(call: Call, participants: readonly Invitation[]): void {
  for (const [index, { identity }] of participants.entries()) {
    if (!isInCallOrInvited(call, identity)) continue
    throw new CallError(
      'alreadyInCall',
      `participants[${index}].identity: the ${identity.kind} ${identity.id} is in the call or already invited to it.`,
    )
  }
}

function addInvitees(
  call: Call,
  { participants, replaces, legCallIds }: InviteCommand,
  operationId: string,
  context: RuleContext,
): Call {
  const [first, ...others] = participants
  const options = { operationId, legCallIds }
  if (!first || !replaces) return ringParticipants(call, participants, context, options)
  const replacement = { info: mergeInfo(replaces.info, first), operationId, replaces }
  return ringParticipants(addReplacement(call, replacement, context), others, context, options)
}

/** An invitation may contain only the id of the participant; the old call has the other details. */
const mergeInfo = (known: ParticipantInfo, { replacesCallId: _, ...given }: Invitation): ParticipantInfo => ({
  ...known,
  ...omitUndefined(given),
  identity: { ...known.identity, ...omitUndefined(given.identity) },
})

const omitUndefined = <T extends object>(object: T): Partial<T> =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>
