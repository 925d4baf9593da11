import type { Call, Decision, RingingParticipant, RuleContext } from '../call.js'
import type { LegsReadCommand, LegView, Successor } from '../commands.js'
import { admitParticipant, leaveGroup, makeGroup } from '../participants.js'
import { isConnected } from '../roster.js'
import {
  addParticipant,
  removeParticipant,
  silentDecision,
  stopRinging,
  terminateCall,
  updateCall,
} from '../updates.js'
import { after } from './after.js'
import { addLegs, askLeg, changeLeg, findLeg, removeLeg, rereadLeg } from './links.js'
import { assignToLeg, mirror } from './mirror.js'

/** A leg that has ended, and what the other legs are. */
interface EndedLeg {
  readonly callId: string
  readonly view: LegView
  readonly views: LegsReadCommand['views']
  /** Its application, if that still rings here. */
  readonly invitee: RingingParticipant | undefined
}

/** Follows the end of a leg: this call continues with its successor, without its participants, or not at all. */
export function followEnd(call: Call, ended: EndedLeg, context: RuleContext): Decision {
  const { callId, view, invitee } = ended
  const leg = findLeg(call, callId)
  const unlinked = removeLeg(call, callId)
  const isShown = call.participants.some(({ legCallId }) => legCallId === callId)
  if (view.successor && invitee) return admitSuccessor(unlinked, invitee, view.successor, context)
  if (view.successor && !isShown) return refuseSuccessor(unlinked, view.successor, context)
  if (!isConnected(call)) {
    return leg?.isOfferer ? terminateCall(call, 'otherSideEnded', context.now) : silentDecision(unlinked)
  }
  if (view.heirCallId === call.id) return inherit(call, callId, view, context)
  if (!isShown) return silentDecision(unlinked)
  if (view.successor) return replaceBySuccessor(call, callId, view.successor, context)
  if (!call.isGroup) return terminateCall(call, 'otherSideEnded', context.now)
  return followEndInGroup(call, ended, context)
}

/** The application that rings has redirected the call, and the one who answered takes its place. */
function admitSuccessor(
  call: Call,
  invitee: RingingParticipant,
  { participantId, info, legCallId }: Successor,
  context: RuleContext,
): Decision {
  const { legCallId: _, ...rest } = invitee
  const successor = { ...rest, participantId, info, ...(legCallId !== undefined && { legCallId }) }
  // A group may show the successor already.
  const stopped = removeParticipant(stopRinging(call, invitee.participantId), participantId)
  const next = { ...stopped, ringing: [...stopped.ringing, successor] }
  return admitParticipant(linkSuccessor(next, legCallId, context), successor, context)
}

/** The application no longer rang when it redirected the call: the one who answered is not wanted. */
function refuseSuccessor(call: Call, { participantId, legCallId }: Successor, { now }: RuleContext): Decision {
  if (legCallId === undefined) return silentDecision(call)
  const linked = addLegs(call, [legCallId], now)
  return silentDecision(askLeg(linked, legCallId, { type: 'remove', participantId }))
}

/** The call of the successor may be linked already, and may have been read when it was not connected. */
const linkSuccessor = (call: Call, legCallId: string | undefined, { now }: RuleContext): Call =>
  legCallId === undefined ? call : rereadLeg(addLegs(call, [legCallId], now), legCallId, now)

/**
 * The other side of this call has connected it with a successor, or has connected its caller with this call. Then the
 * successor is in the roster already, as a participant of the call that offered this one.
 */
function replaceBySuccessor(call: Call, callId: string, successor: Successor, context: RuleContext): Decision {
  const { participantId, info, legCallId } = successor
  const linked = linkSuccessor(removeLeg(call, callId), legCallId, context)
  const shown = shownOf(call, callId)
  if (shown.some(({ id }) => id === participantId)) {
    return silentDecision(updateCall(assignToLeg(linked, participantId, legCallId)))
  }
  const without = shown.reduce((next, { id }) => removeParticipant(next, id), linked)
  const isPresent = without.participants.some(({ id }) => id === participantId)
  const joined = isPresent
    ? without
    : addParticipant(without, { id: participantId, info, hasMedia: true, legCallId }, context)
  const ids = new Set(shown.map(({ id }) => id))
  const ringing = joined.ringing.map((ringing) =>
    ids.has(ringing.transfereeId ?? '') ? { ...ringing, transfereeId: participantId } : ringing,
  )
  const next = updateCall(joined, { ringing })
  return { ...silentDecision(next), events: next.isGroup ? [{ type: 'rosterUpdated', call: next }] : [] }
}

/** The application leaves the group call. Its people stay in the leg that is their heir; without one they leave too. */
function followEndInGroup(call: Call, { callId, view, views }: EndedLeg, context: RuleContext): Decision {
  const { heirCallId, myParticipantId } = view
  const heir = views.find((other) => other.callId === heirCallId)?.view
  // An heir that has ended itself keeps no one.
  const isDecided = heir?.state === 'ended' || heir?.inheritedFrom.includes(callId)
  const isAwaited = findLeg(call, heirCallId) !== undefined && !isDecided
  const leaving = call.participants.filter(
    ({ id, legCallId }) => legCallId === callId && (!isAwaited || id === myParticipantId),
  )
  const next = isAwaited ? changeLeg(call, callId, { hasEnded: true }) : removeLeg(call, callId)
  return leaveEach(next, leaving, context)
}

/** The people of the ended leg are in this call from now on. */
function inherit(call: Call, callId: string, view: LegView, context: RuleContext): Decision {
  const people = view.participants.filter(({ id }) => id !== view.myParticipantId)
  const bot = call.participants.filter(({ id }) => id === view.myParticipantId)
  const grouped = call.isGroup ? call : makeGroup(call)
  return after(mirror(grouped, callId, { ...view, participants: [...people, ...bot] }, context), (shown) => {
    const ids = shown.participants.flatMap(({ id, legCallId }) => (legCallId === callId ? id : []))
    const own = ids
      .filter((id) => id !== view.myParticipantId)
      .reduce((next, id) => assignToLeg(next, id, undefined), removeLeg(shown, callId))
    const inheritedFrom = [...(call.inheritedFrom ?? []), callId, ...view.inheritedFrom]
    return leaveEach(updateCall(own, { inheritedFrom }), bot, context)
  })
}

const shownOf = (call: Call, callId: string): Call['participants'] =>
  call.participants.filter(({ legCallId }) => legCallId === callId)

const leaveEach = (call: Call, leaving: Call['participants'], { now }: RuleContext): Decision =>
  leaving.reduce((decision, { id }) => after(decision, (next) => leaveGroup(next, id, now)), silentDecision(call))
