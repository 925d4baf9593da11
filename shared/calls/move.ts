import type { Call, Decision, Timer } from './call.js'
import { changed, samePerson, terminate } from './change.js'
import type { MoveStep, ReleaseCommand, ReserveCommand } from './commands.js'
import { CallError, callNotFound, notAllowedInState, notInCall } from './errors.js'
import { leave } from './people.js'
import type { Identity, Participant } from './resources.js'

// Moving somebody from one call into another (replacesCallId), as the old call sees it.

/** How often the old call looks at what has become of the invitation. */
const LOOK_AFTER_MS = 1_000

/**
 * Whom an invitation into another call would take out of this one.
 *
 * @throws CallError when this call is not established, or they are not in it, or are already on their way
 */
export function participantToMove(call: Call, { id }: Identity): Participant {
  if (call.state === 'terminating' || call.state === 'terminated') throw callNotFound()
  if (call.state !== 'established') throw notAllowedInState('replacing it', call.state, ['established'])
  const found = call.participants.find((one) => one.id !== call.myParticipantId && samePerson(one.info.identity.id, id))
  if (!found) throw new CallError('notInCall', `${id} is not in the call that is to be replaced.`)
  if (reservationOf(call, found.id)) throw alreadyMoving(id)
  return found
}

/** The timer that keeps them is the reservation: it stays until it is known what has become of the move. */
export function reservePerson(call: Call, command: ReserveCommand, context: { now: number }): Decision {
  const { type: _, ...move } = command
  const { participantId, operationId } = move
  if (!call.participants.some(({ id }) => id === participantId)) throw notInCall(participantId)
  const reserved = reservationOf(call, participantId)
  if (reserved && reserved.command.operationId !== operationId) {
    throw alreadyMoving(participantId)
  }
  const others = call.timers.filter((timer) => timer !== reserved)
  const timer: Timer = {
    id: `awaitMove:${participantId}`,
    at: context.now + LOOK_AFTER_MS,
    command: { ...move, type: 'awaitMove' },
    participantId,
  }
  return quietly(changed(call, { timers: [...others, timer] }))
}

/**
 * Completed: they are in the new call now, which ends a peer-to-peer call, and a group call goes on without them. Failed: they
 * stay. Still running: they are kept a while longer.
 */
export function releasePerson(call: Call, command: ReleaseCommand, context: { now: number }): Decision {
  const { type: _, outcome, ...move } = command
  const { participantId, operationId } = move
  const person = call.participants.find(({ id }) => id === participantId)
  if (!person) throw notInCall(participantId)
  if (outcome === 'running') return reservePerson(call, { ...move, type: 'reservePerson' }, context)
  if (outcome === 'completed') {
    return call.group ? leave(call, participantId, context.now) : terminate(call, 'replaced', context.now)
  }
  const reserved = reservationOf(call, participantId)
  if (reserved?.command.operationId !== operationId) return quietly(call)
  return quietly(changed(call, { timers: call.timers.filter((timer) => timer !== reserved) }))
}

type Reservation = Timer & { readonly command: MoveStep & { readonly type: 'awaitMove' } }

const reservationOf = (call: Call, participantId: string): Reservation | undefined =>
  call.timers.find(
    (timer): timer is Reservation => timer.command.type === 'awaitMove' && timer.participantId === participantId,
  )

const alreadyMoving = (who: string) => new CallError('alreadyMoving', `${who} is being moved into another call.`)
const quietly = (call: Call): Decision => ({ call, operations: [], announcements: [] })
