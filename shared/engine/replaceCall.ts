import type { Call, Operation } from '../calls/call.js'
import type { Command, ReplacedParticipant, ReplacementStep } from '../calls/commands.js'
import { CallError } from '../calls/errors.js'
import { findReplaceableParticipant } from '../calls/replaceCall.js'
import type { Invitation, OperationStatus } from '../calls/resources.js'
import { hasPendingNotification } from '../delivery/progress.js'
import { invalidRequest } from '../graph/errors.js'
import type { CallStore } from '../storage/callStore.js'
import { applyTimer, changeCall, noAuthorization } from './changeCall.js'
import type { CommitDependencies } from './commit.js'
import { readCall } from './readCall.js'

// A replacement (replacesCallId) moves a participant from an old call into a new one. The calls are in two partitions,
// so it is a saga and not a transaction. Each step is a timer of one of the calls and can be repeated. After any crash
// the participant ends up in exactly one of the calls.

/** How long the old call waits until the callback has acknowledged the notifications of the new call. */
const MAX_WAIT_FOR_CALLBACK_MS = 10_000

/**
 * Finds the participant that an invitation replaces, or the target of a consultative transfer, before anything changes.
 *
 * @param path where the request has the invitation, such as `participants[0]`
 * @throws GraphError 400 when replacesCallId does not name another active call of the caller
 * @throws CallError when that call has no such participant, or is already releasing them
 */
export async function findReplacedParticipant(
  deps: { readonly calls: CallStore },
  newCallId: string,
  { invitation, path }: { readonly invitation: Invitation; readonly path: string },
  authorize: (call: Call) => void,
): Promise<ReplacedParticipant | undefined> {
  const { replacesCallId } = invitation
  if (replacesCallId === undefined) return undefined
  await readCall(deps, newCallId, authorize)
  if (replacesCallId === newCallId) {
    throw invalidRequest(`${path}.replacesCallId: is the call of this request.`)
  }
  try {
    const { call } = await readCall(deps, replacesCallId, authorize)
    const { id: participantId, info } = findReplaceableParticipant(call, invitation, path)
    return { callId: replacesCallId, participantId, info }
  } catch (error) {
    if (!(error instanceof CallError) || error.code !== 'callNotFound') throw error
    // Not 404: a client would conclude that the call that it invites into does not exist.
    throw invalidRequest(`${path}.replacesCallId: there is no call ${replacesCallId}.`)
  }
}

/** Reserves the participant in the old call, then lets them join the new one. A timer of the old call does the rest. */
export async function replaceParticipant(
  deps: CommitDependencies,
  newCall: Call,
  timerId: string,
  participantId: string,
): Promise<void> {
  const invitee = newCall.ringing.find((ringing) => ringing.participantId === participantId)
  if (!invitee?.replaces || !invitee.operationId) return
  const isReserved = await changeUnlessRefused(deps, invitee.replaces.callId, {
    type: 'reserveParticipant',
    participantId: invitee.replaces.participantId,
    newCallId: newCall.id,
    operationId: invitee.operationId,
    since: deps.clock.now(),
  })
  const type = isReserved ? 'replacementCompleted' : 'replacementFailed'
  await applyTimer(deps, { callId: newCall.id, timer: timerId }, { type, participantId })
}

/** Tells the old call the outcome of the replacement; while there is none, the old call reads it again later. */
export async function finishReplacement(
  deps: CommitDependencies,
  oldCallId: string,
  { type: _, ...replacement }: ReplacementStep & { type: 'awaitReplacement' },
): Promise<void> {
  const operation = await deps.calls.readOperation(replacement.newCallId, replacement.operationId)
  const outcome = replacementOutcome(operation)
  const isWaiting =
    outcome === 'completed' && !(await hasCallbackCaughtUp(deps, replacement.newCallId, replacement.since))
  await changeUnlessRefused(deps, oldCallId, {
    type: 'releaseParticipant',
    ...replacement,
    outcome: isWaiting ? 'running' : outcome,
  })
}

/**
 * Returns whether the bot knows that the participant has joined the new call, so that it does not interpret the end of
 * the old call as a hang-up. The wait is bounded, because the order between two calls is not guaranteed.
 */
async function hasCallbackCaughtUp(
  { calls, clock }: CommitDependencies,
  newCallId: string,
  since: number,
): Promise<boolean> {
  if (clock.now() >= since + MAX_WAIT_FOR_CALLBACK_MS) return true
  const { record } = await calls.read(newCallId)
  const delivery = (await calls.readDelivery(newCallId))?.value
  return !record || !delivery || !hasPendingNotification(delivery, record.sequence)
}

/** An invitation of several people is completed if any of them joined. Here only the replaced participant counts. */
function replacementOutcome(operation: Operation | undefined): OperationStatus {
  if (operation?.status === 'completed' && !operation.hasReplacementJoined) return 'failed'
  return operation?.status ?? 'failed'
}

/** Returns false when the rules refuse the command: the call has ended, or the participant has left it. */
async function changeUnlessRefused(deps: CommitDependencies, callId: string, command: Command): Promise<boolean> {
  try {
    await changeCall(deps, callId, command, noAuthorization)
    return true
  } catch (error) {
    if (error instanceof CallError) return false
    throw error
  }
}
