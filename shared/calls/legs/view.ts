import type { Call } from '../call.js'
import type { LegView, Successor } from '../commands.js'
import { endReasonByRejectReason } from '../operations/reject.js'
import type { Participant } from '../resources.js'
import { isConnected, visibleParticipants } from '../roster.js'
import { findLeg, isLegConnected } from './links.js'

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
    ...refusalOf(call),
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
 * place of another, until this call shows its participant.
 */
function stateFor(call: Call, callId: string): LegView['state'] {
  if (call.state === 'terminated') return 'ended'
  const isRinging = call.ringing.some(({ legCallId }) => legCallId === callId)
  return isConnected(call) && !isRinging && isLegConnected(call, callId) ? 'connected' : 'waiting'
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

function refusalOf({ direction, endReason }: Call): Pick<LegView, 'refusal'> {
  const refusal = Object.values(endReasonByRejectReason).find((reason) => reason === endReason)
  return direction === 'incoming' && refusal ? { refusal } : {}
}

function successorFor({ connected }: Call, callId: string): { successor?: Successor } {
  if (connected?.[0].legCallId === callId) return { successor: connected[1] }
  if (connected?.[1].legCallId === callId) return { successor: connected[0] }
  return {}
}
