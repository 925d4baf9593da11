import type { Call, Decision, Leg, RuleContext } from '../call.js'
import type { LegMetCommand, LegOfferedCommand, LegRequest, LegsReadCommand, LegView } from '../commands.js'
import { stopSharing } from '../contentSharing.js'
import { setParticipantMuted } from '../operations/mute.js'
import { admitParticipant, leaveGroup, removeInvitee } from '../participants.js'
import { hearTone } from '../pressTone.js'
import { isConnected } from '../roster.js'
import { silentDecision, terminateCall, updateCall } from '../updates.js'
import { after } from './after.js'
import { followEnd } from './end.js'
import { addLegs, addMembers, changeLeg, findLeg, isLegConnected, planReading, removeLeg, rereadLeg } from './links.js'
import { isSameRoster, mirror } from './mirror.js'
import { followPresenter } from './presenter.js'
import { READ_LEGS } from './timer.js'

// Each application in a conversation has a call of its own. These calls are legs of each other. A call never writes
// another one: it reads what the others are and ask for, and changes itself accordingly.

/** Agrees with the legs that were read, and plans the next reading. A view that is not new changes nothing. */
export function legsRead(call: Call, { views }: LegsReadCommand, context: RuleContext): Decision {
  // A reading that is planned stays so: a new timer for each hint would multiply the messages of the timer.
  const timers = call.timers.filter(({ id, at }) => id !== READ_LEGS || at > context.now)
  const followed = views
    .toSorted((one, other) => rank(one.view) - rank(other.view))
    .reduce(
      (decision, { callId, view }) => after(decision, (next) => followLeg(next, { callId, view, views }, context)),
      silentDecision({ ...call, timers }),
    )
  const presented = followPresenter(followed, views, context)
  return reportRosterOnce(
    call,
    after(presented, (next) => silentDecision(planReading(next, context.now))),
  )
}

/** Several legs may change the roster. The bot gets the final one, if it differs. */
function reportRosterOnce(before: Call, decision: Decision): Decision {
  const { call, events } = decision
  const last = events.findLastIndex(({ type }) => type === 'rosterUpdated')
  const isChanged = !isSameRoster(before, call)
  return {
    ...decision,
    events: events.filter(({ type }, index) => type !== 'rosterUpdated' || (isChanged && index === last)),
  }
}

/**
 * Ended legs come last, because a group call without other participants ends. Among them, a leg comes before those
 * whose people it has kept.
 */
const rank = ({ state, inheritedFrom }: LegView): number =>
  state === 'ended' ? Number.MAX_SAFE_INTEGER - inheritedFrom.length : 0

interface ReadLeg {
  readonly callId: string
  readonly view: LegView
  readonly views: LegsReadCommand['views']
}

function followLeg(call: Call, read: ReadLeg, context: RuleContext): Decision {
  const { callId, view } = read
  const leg = findLeg(call, callId)
  // An ended leg is followed again until its heir has its people.
  const isNews = leg && (view.version > leg.version || (leg.hasEnded && view.version === leg.version))
  if (!isNews) return silentDecision(call)
  const received = view.requests.filter(({ number }) => number > leg.lastReceived)
  const done = received.reduce(
    (decision, request) => after(decision, (next) => carryOut(next, request, context)),
    silentDecision(acknowledge(call, leg, view)),
  )
  return after(done, (next) => followState(next, read, context))
}

/** Takes note of the version and the requests of a leg, and forgets the requests to it that it has carried out. */
function acknowledge(call: Call, leg: Leg, { version, requests, lastReceived }: LegView): Call {
  const next = changeLeg(call, leg.callId, {
    version,
    requests: leg.requests.filter(({ number }) => number > lastReceived),
    lastReceived: requests.at(-1)?.number ?? leg.lastReceived,
  })
  const isNew = findLeg(next, leg.callId)?.lastReceived !== leg.lastReceived
  // The leg sees by the version that its requests were carried out.
  return isNew ? updateCall(next) : next
}

/** A request about a participant who has left does nothing. */
function carryOut(call: Call, request: LegRequest, context: RuleContext): Decision {
  if (request.type === 'tone') {
    return isConnected(call) ? hearTone(call, request.tone, context) : silentDecision(call)
  }
  const { participantId } = request
  if (request.type === 'mute') return setParticipantMuted(call, participantId, true)
  if (request.type === 'unshare') return unshare(call, participantId)
  if (participantId === call.myParticipantId) return terminateCall(call, 'otherSideEnded', context.now)
  const isPresent = call.isGroup && call.participants.some(({ id }) => id === participantId)
  return isPresent ? leaveGroup(call, participantId, context.now) : silentDecision(call)
}

function unshare(call: Call, participantId: string): Decision {
  const presenter = call.participants.find(({ id }) => id === participantId)
  return presenter ? stopSharing(call, presenter) : silentDecision(call)
}

function followState(call: Call, { callId, view, views }: ReadLeg, context: RuleContext): Decision {
  const invitee = call.ringing.find(({ legCallId }) => legCallId === callId)
  if (view.state === 'waiting') return silentDecision(call)
  if (view.state === 'connected') {
    // An application joins unmuted and alone. Anything else is read again, as a change of its own.
    if (invitee) return admitParticipant(rereadLeg(call, callId, context.now), invitee, context)
    return isConnected(call) ? followConnected(call, { callId, view }, context) : silentDecision(call)
  }
  if (view.successor || !invitee) return followEnd(call, { callId, view, views, invitee }, context)
  // Any other end of its call is that of a callee who was not reached.
  return removeInvitee(removeLeg(call, callId), invitee, view.refusal ?? 'unanswered', context)
}

/** A leg that is about to take the place of another one is read again, until that one has ended here too. */
function followConnected(
  call: Call,
  { callId, view }: Pick<ReadLeg, 'callId' | 'view'>,
  context: RuleContext,
): Decision {
  if (!isLegConnected(call, callId)) return silentDecision(changeLeg(call, callId, { version: 0 }))
  const mirrored = mirror(addMembers(call, view.legs, context.now), callId, view, context)
  return after(mirrored, (next) => silentDecision(next.isGroup ? changeLeg(next, callId, { isMember: true }) : next))
}

/** The call of another application has met this one, in the same meeting or as it took the place of another. */
export const legMet = (call: Call, { callId, isMember }: LegMetCommand, { now }: RuleContext): Decision => {
  const linked = isMember ? addMembers(call, [callId], now) : addLegs(call, [callId], now)
  const leg = findLeg(linked, callId)
  return silentDecision(leg && !leg.hasMet ? updateCall(changeLeg(linked, callId, { hasMet: true })) : call)
}

/** The application that rings has its call. */
export const legOffered = (call: Call, _: LegOfferedCommand, { now }: RuleContext): Decision =>
  silentDecision(planReading(call, now))

/** The application cannot be called: no bot is registered under its id. */
export function legUnreachable(call: Call, { callId }: LegOfferedCommand, context: RuleContext): Decision {
  const invitee = call.ringing.find(({ legCallId }) => legCallId === callId)
  const next = removeLeg(call, callId)
  return invitee ? removeInvitee(next, invitee, 'unanswered', context) : silentDecision(next)
}
