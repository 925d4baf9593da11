import type { Announcement, Call, Decision, Ending, Operation, Ringing, RuleContext } from './call.js'
import {
  changed,
  ended,
  endedOf,
  samePerson,
  terminate,
  withoutParticipant,
  withoutRinging,
  withParticipant,
} from './change.js'
import type { PersonCommand, PersonJoinsCommand } from './commands.js'
import { establish } from './connect.js'
import { completed, endings } from './endings.js'
import { CallError, notInCall } from './errors.js'
import type { Participant, ResultInfo } from './resources.js'

/** Somebody who rings picks up: the call is established with them, or they come into it. */
export function personAnswers(call: Call, command: PersonCommand, context: RuleContext): Decision {
  return comesIn(call, ringingPerson(call, command.personId), context)
}

/** Somebody who is moved here from another call comes in. */
export const personMoves = (call: Call, command: { participantId: string }, context: RuleContext): Decision =>
  comesIn(call, movingPerson(call, command.participantId), context)

/** Somebody who was to be moved here can't be: they are not in the other call any more, or another call was faster. */
export const personStays = (call: Call, command: { participantId: string }, context: RuleContext): Decision =>
  doesNotCome(call, movingPerson(call, command.participantId), 'notMoved', context)

function comesIn(call: Call, person: Ringing, context: RuleContext): Decision {
  const { participantId, info } = person
  const joined = withParticipant(withoutRinging(call, participantId), participantId, info, true, context)
  if (call.state === 'establishing') return establish(joined, [], context)

  const { call: settled, operations } = settleInvitation(changed(joined, { group: true }), person, context, undefined)
  return { call: settled, operations, announcements: [...endedOf(settled, operations), roster(settled)] }
}

export const personDeclines = (call: Call, command: PersonCommand, context: RuleContext): Decision =>
  doesNotCome(call, ringingPerson(call, command.personId), 'declined', context)

export const personIsBusy = (call: Call, command: PersonCommand, context: RuleContext): Decision =>
  doesNotCome(call, ringingPerson(call, command.personId), 'busy', context)

/** Nobody picked up in time. */
export function ringOut(call: Call, command: { participantId: string }, context: RuleContext): Decision {
  const person = call.ringing.find(({ participantId }) => participantId === command.participantId)
  if (!person) throw new CallError('nobodyRinging', 'Nobody rings any more.')
  return doesNotCome(call, person, 'unanswered', context)
}

/** Somebody comes into a group call or a meeting without having been called. */
export function personJoins(call: Call, command: PersonJoinsCommand, context: RuleContext): Decision {
  if (!call.group) throw new CallError('notAGroupCall', 'Only a group call or a meeting can be joined.')
  const { id } = command.info.identity
  if ([...call.participants, ...call.ringing].some((one) => samePerson(one.info.identity.id, id))) {
    throw new CallError('alreadyInCall', `identity: ${id} is in the call or invited to it.`)
  }
  const next = changed(withParticipant(call, context.newId(), command.info, true, context), {})
  return { call: next, operations: [], announcements: [roster(next)] }
}

/** Somebody hangs up. Of two, that ends the call; of more, it goes on without them. */
export function personLeaves(call: Call, command: PersonCommand, context: RuleContext): Decision {
  if (call.state !== 'established') {
    // Before it is established, only the caller of an incoming call has anything to leave.
    if (call.direction === 'incoming' && samePerson(call.source.identity.id, command.personId)) {
      return terminate(call, 'otherSideEnded', context.now)
    }
    throw notInCall(command.personId)
  }
  const person = presentPerson(call, command.personId)
  if (call.group) return leave(call, person.id, context.now)
  return terminate(withoutParticipant(call, person.id), 'otherSideEnded', context.now)
}

/** A group call goes on without one of its participants, unless that leaves the bot alone. */
export function leave(call: Call, participantId: string, now: number): Decision {
  const next = changed(withoutParticipant(call, participantId), {})
  return endIfAlone({ call: next, operations: [], announcements: [roster(next)] }, 'everybodyLeft', now)
}

function doesNotCome(call: Call, person: Ringing, ending: Ending, context: RuleContext): Decision {
  const quiet = changed(withoutRinging(call, person.participantId), {})
  if (call.state === 'establishing') {
    if (quiet.ringing.length > 0) return { call: quiet, operations: [], announcements: [] }
    return terminate(quiet, call.targets.length > 1 ? 'nobodyJoined' : ending, context.now)
  }
  const { call: settled, operations } = settleInvitation(quiet, person, context, endings[ending])
  const decision = { call: settled, operations, announcements: endedOf(settled, operations) }
  return endIfAlone(decision, 'everybodyLeft', context.now)
}

/**
 * Counts one outcome of the invitation that rang `person`. It ends with the last outcome: completed if anybody joined,
 * failed with the last reason if nobody did.
 */
function settleInvitation(
  call: Call,
  person: Ringing,
  context: RuleContext,
  failure: ResultInfo | undefined,
): { call: Call; operations: Operation[] } {
  const running = call.operations.find(({ id }) => id === person.operationId)
  if (!running) return { call, operations: [] }
  const came = person.replaces ? { joined: running.joined + 1, moved: true as const } : { joined: running.joined + 1 }
  const operation = failure ? running : { ...running, ...came }
  const others = call.operations.filter(({ id }) => id !== operation.id)
  if (call.ringing.some(({ operationId }) => operationId === operation.id)) {
    return { call: { ...call, operations: [...others, operation] }, operations: [] }
  }
  const final =
    operation.joined > 0
      ? ended(operation, context.now, 'completed', completed)
      : ended(operation, context.now, 'failed', failure)
  return { call: { ...call, operations: others }, operations: [final] }
}

/** A group call that was not a meeting ends when the bot is alone in it and nobody rings any more. */
function endIfAlone(decision: Decision, ending: Ending, now: number): Decision {
  const { call, operations, announcements } = decision
  const alone = call.participants.every(({ id }) => id === call.myParticipantId) && call.ringing.length === 0
  if (!alone || call.meetingInfo) return decision
  const end = terminate(call, ending, now, announcements)
  return { ...end, operations: [...operations, ...end.operations] }
}

/** Somebody at the other end who is in the call. */
export function presentPerson(call: Call, personId: string): Participant {
  const person = call.participants.find(
    ({ id, info }) => id !== call.myParticipantId && samePerson(info.identity.id, personId),
  )
  if (!person) throw notInCall(personId)
  return person
}

function ringingPerson(call: Call, personId: string): Ringing {
  const person = call.ringing.find(({ info, replaces }) => !replaces && samePerson(info.identity.id, personId))
  if (!person) throw new CallError('nobodyRinging', `${personId} is not ringing in this call.`)
  return person
}

function movingPerson(call: Call, participantId: string): Ringing {
  const person = call.ringing.find((one) => one.replaces && one.participantId === participantId)
  if (!person) throw new CallError('nobodyRinging', 'Nobody is being moved into this call any more.')
  return person
}

const roster = (call: Call): Announcement => ({ type: 'rosterUpdated', call })
