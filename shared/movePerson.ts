import type { Call, Operation } from './calls/call.js'
import type { Command, MoveStep, Replaced } from './calls/commands.js'
import { CallError } from './calls/errors.js'
import { participantToMove } from './calls/move.js'
import type { Invitation, OperationStatus } from './calls/resources.js'
import { anybodysCall, changeCall, fireTimer } from './changeCall.js'
import { invalidRequest } from './graph/errors.js'
import { readCall } from './readCall.js'
import type { Service } from './service.js'

// Somebody moves from one call into another (replacesCallId): two partitions, so it can't be one transaction. Every step is
// a timer of one of the two calls, and can be taken again: who was moved is never in both calls for good, nor in none.

/** How long the old call waits for the callback to hear of the new one. */
const MAX_WAIT_FOR_CALLBACK_MS = 10_000

/**
 * Whom an invitation takes out of which call: looked up before anything changes.
 *
 * @throws GraphError 400 when replacesCallId names no other call of the caller's that is going on
 * @throws CallError when nobody can be moved out of it
 */
export async function findReplaced(
  service: Service,
  newCallId: string,
  { identity, replacesCallId }: Invitation,
  authorize: (call: Call) => void,
): Promise<Replaced | undefined> {
  if (replacesCallId === undefined) return undefined
  await readCall(service, newCallId, authorize)
  if (replacesCallId === newCallId)
    throw invalidRequest('participants[0].replacesCallId: is the very call to invite into.')
  try {
    const { call } = await readCall(service, replacesCallId, authorize)
    const { id: participantId, info } = participantToMove(call, identity)
    return { callId: replacesCallId, participantId, info }
  } catch (error) {
    if (!(error instanceof CallError) || error.code !== 'callNotFound') throw error
    // Not the 404 of a call that is not there: a client would take it for the one it invites into.
    throw invalidRequest(`participants[0].replacesCallId: there is no call ${replacesCallId}.`)
  }
}

/** The old call takes hold of the person, then they come into the new one. The old call's own timer does the rest. */
export async function movePerson(
  service: Service,
  newCall: Call,
  timerId: string,
  participantId: string,
): Promise<void> {
  const person = newCall.ringing.find((one) => one.participantId === participantId)
  if (!person?.replaces || !person.operationId) return
  const { callId: oldCallId, participantId: leaving } = person.replaces
  const reserved = await unlessRefused(service, oldCallId, {
    type: 'reservePerson',
    participantId: leaving,
    newCallId: newCall.id,
    operationId: person.operationId,
    since: service.clock.now(),
  })
  await fireTimer(service, newCall.id, timerId, { type: reserved ? 'personMoves' : 'personStays', participantId })
}

/** The old call learns what has become of the move, and looks again later while that is open. */
export async function finishMove(
  service: Service,
  oldCallId: string,
  { type: _, ...move }: MoveStep & { type: 'awaitMove' },
): Promise<void> {
  const operation = await service.calls.readOperation(move.newCallId, move.operationId)
  const result = outcomeOf(operation)
  const waits = result === 'completed' && !(await isTold(service, move.newCallId, move.since))
  await unlessRefused(service, oldCallId, { type: 'releasePerson', ...move, outcome: waits ? 'running' : result })
}

/**
 * Whether the bot knows that the person has come, so that the end of the old call does not surprise it. A slow callback is
 * waited for only so long: the order between two calls is no promise.
 */
async function isTold(service: Service, newCallId: string, since: number): Promise<boolean> {
  if (service.clock.now() >= since + MAX_WAIT_FOR_CALLBACK_MS) return true
  const { record } = await service.calls.read(newCallId)
  const delivery = (await service.calls.readDelivery(newCallId))?.value
  return !record || !delivery || delivery.parked !== undefined || delivery.cursor >= record.sequence
}

/** Completed only for who has really come: the same invitation may have brought others. */
function outcomeOf(operation: Operation | undefined): OperationStatus {
  if (operation?.status === 'completed' && !operation.moved) return 'failed'
  return operation?.status ?? 'failed'
}

/** False when the rules refuse: the call has ended meanwhile, or the person has left it. */
async function unlessRefused(service: Service, callId: string, command: Command): Promise<boolean> {
  try {
    await changeCall(service, callId, command, anybodysCall)
    return true
  } catch (error) {
    if (error instanceof CallError) return false
    throw error
  }
}
