import type {
  Announcement,
  Call,
  Decision,
  Ending,
  Operation,
  PersonCommand,
  PersonJoinsCommand,
  ResultInfo,
  Ringing,
  RuleContext,
} from './call.js'
import { changed, ended, samePerson, terminate, withoutRinging, withParticipant } from './change.js'
import { establish } from './connect.js'
import { endings } from './endings.js'
import { CallError } from './errors.js'

/** Somebody who rings picks up: the call is established with them, or they come into it. */
export function personAnswers(call: Call, command: PersonCommand, context: RuleContext): Decision {
  const person = ringingPerson(call, command.personId)
  const joined = withParticipant(withoutRinging(call, person.participantId), person.participantId, person.info, true)
  if (call.state === 'establishing') return establish(joined, [])

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
  const next = changed(withParticipant(call, context.newId(), command.info, true), {})
  return { call: next, operations: [], announcements: [roster(next)] }
}

/** Somebody hangs up. Of two, that ends the call; of more, it goes on without them. */
export function personLeaves(call: Call, command: PersonCommand, context: RuleContext): Decision {
  const leaves = (id: string) => samePerson(id, command.personId)
  if (call.state !== 'established') {
    // Before it is established, only the caller of an incoming call has anything to leave.
    if (call.direction === 'incoming' && leaves(call.source.identity.id)) {
      return terminate(call, 'otherSideEnded', context.now)
    }
    throw notInCall(command.personId)
  }
  const stays = call.participants.filter((one) => one.id === call.myParticipantId || !leaves(one.info.identity.id))
  if (stays.length === call.participants.length) throw notInCall(command.personId)
  if (!call.group) return terminate({ ...call, participants: stays }, 'otherSideEnded', context.now)
  const next = changed(call, { participants: stays })
  return endIfAlone({ call: next, operations: [], announcements: [roster(next)] }, 'everybodyLeft', context)
}

function doesNotCome(call: Call, person: Ringing, ending: Ending, context: RuleContext): Decision {
  const quiet = changed(withoutRinging(call, person.participantId), {})
  if (call.state === 'establishing') {
    if (quiet.ringing.length > 0) return { call: quiet, operations: [], announcements: [] }
    return terminate(quiet, call.targets.length > 1 ? 'nobodyJoined' : ending, context.now)
  }
  const { call: settled, operations } = settleInvitation(quiet, person, context, endings[ending])
  const decision = { call: settled, operations, announcements: endedOf(settled, operations) }
  return endIfAlone(decision, 'everybodyLeft', context)
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
  const operation = failure ? running : { ...running, joined: running.joined + 1 }
  const others = call.operations.filter(({ id }) => id !== operation.id)
  if (call.ringing.some(({ operationId }) => operationId === operation.id)) {
    return { call: { ...call, operations: [...others, operation] }, operations: [] }
  }
  const final =
    operation.joined > 0
      ? ended(operation, context.now, 'completed', { code: 200, subcode: 0, message: 'The operation completed.' })
      : ended(operation, context.now, 'failed', failure)
  return { call: { ...call, operations: others }, operations: [final] }
}

/** A group call that was not a meeting ends when the bot is alone in it and nobody rings any more. */
function endIfAlone(decision: Decision, ending: Ending, context: RuleContext): Decision {
  const { call, operations, announcements } = decision
  const alone = call.participants.every(({ id }) => id === call.myParticipantId) && call.ringing.length === 0
  if (!alone || call.meetingInfo) return decision
  const end = terminate(call, ending, context.now, announcements)
  return { ...end, operations: [...operations, ...end.operations] }
}

function ringingPerson(call: Call, personId: string): Ringing {
  const person = call.ringing.find(({ info }) => samePerson(info.identity.id, personId))
  if (!person) throw new CallError('nobodyRinging', `${personId} is not ringing in this call.`)
  return person
}

const notInCall = (personId: string) => new CallError('notInCall', `${personId} is not in this call.`)
const roster = (call: Call): Announcement => ({ type: 'rosterUpdated', call })
const endedOf = (call: Call, operations: readonly Operation[]): Announcement[] =>
  operations.map((operation) => ({ type: 'operationEnded', call, operation }))
