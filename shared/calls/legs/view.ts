import type { Call, EndReason, RingingParticipant } from '../call.js'
import type { LegView, Successor } from '../commands.js'
import type { Participant, RejectReason } from '../resources.js'
import { isConnected, visibleParticipants } from '../roster.js'
import { findLeg } from './links.js'

/** What a leg must know of this call. */
export function viewCall(call: Call, legCallId: string): LegView {
  const leg = findLeg(call, legCallId)
  return {
    version: call.version,
    state: stateFor(call, legCallId),
    isGroup: call.isGroup,
    myParticipantId: call.myParticipantId,
    participants: ownParticipants(call),
    legs: connectedLegs(call),
    ...rejectionOf(call),
    ...successorFor(call, legCallId),
    ...(call.heirCallId !== undefined && { heirCallId: call.heirCallId }),
    inheritedFrom: call.inheritedFrom ?? [],
    requests: leg?.requests ?? [],
    lastReceived: leg?.lastReceived ?? 0,
  }
}

/** Whether a leg must be told of a change. */
export function isNews(before: Call, after: Call, legCallId: string): boolean {
  const { version: _, ...old } = viewCall(before, legCallId)
  const { version: _new, ...now } = viewCall(after, legCallId)
  return JSON.stringify(old) !== JSON.stringify(now)
}

/**
 * A leg that still rings here is not connected, whatever its bot has answered. Nor is one that is about to take the
 * place of the other side of a peer-to-peer call, until this call shows its participant.
 */
function stateFor(call: Call, callId: string): LegView['state'] {
  const { state, isGroup, ringing, participants } = call
  const isOfLeg = ({ legCallId }: Participant | RingingParticipant) => legCallId === callId
  if (state === 'terminated') return 'ended'
  if (!isConnected(call) || ringing.some(isOfLeg)) return 'waiting'
  return isGroup || participants.some(isOfLeg) ? 'connected' : 'waiting'
}

/** The bot, and the people of this call. Those who were connected with each other have left it. */
function ownParticipants(call: Call): readonly Participant[] {
  const left = call.connected?.map(({ participantId }) => participantId) ?? []
  return visibleParticipants(call).filter(({ id, legCallId }) => legCallId === undefined && !left.includes(id))
}

function connectedLegs({ isGroup, legs = [], participants }: Call): readonly string[] {
  const shown = new Set(participants.map(({ legCallId }) => legCallId))
  return isGroup ? legs.flatMap(({ callId, hasEnded }) => (shown.has(callId) && !hasEnded ? callId : [])) : []
}

const REJECT_REASONS: Readonly<Partial<Record<EndReason, RejectReason>>> = {
  declined: 'none',
  busy: 'busy',
  forbidden: 'forbidden',
}

function rejectionOf({ direction, endReason }: Call): Pick<LegView, 'rejectReason'> {
  const rejectReason = direction === 'incoming' && endReason ? REJECT_REASONS[endReason] : undefined
  return rejectReason ? { rejectReason } : {}
}

function successorFor({ connected }: Call, callId: string): { successor?: Successor } {
  if (connected?.[0].legCallId === callId) return { successor: connected[1] }
  if (connected?.[1].legCallId === callId) return { successor: connected[0] }
  return {}
}
