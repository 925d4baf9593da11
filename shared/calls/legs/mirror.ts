import type { Call, Decision, RuleContext } from '../call.js'
import type { LegRequest, LegView } from '../commands.js'
import { leaveGroup, makeGroup } from '../participants.js'
import type { Participant } from '../resources.js'
import { hasRoom } from '../roster.js'
import { addParticipant, changeParticipant, silentDecision, terminateCall, updateCall } from '../updates.js'
import { after } from './after.js'

/** Shows the participants of a connected leg in the roster of this call, as they are there. */
export function mirror(
  call: Call,
  callId: string,
  view: Pick<LegView, 'isGroup' | 'participants'>,
  context: RuleContext,
): Decision {
  const pending = call.legs?.find((leg) => leg.callId === callId)?.requests ?? []
  const wanted = applyRequests(view, pending)
  const grouped = view.isGroup && !call.isGroup ? makeGroup(call) : call
  const shown = wanted.reduce((next, participant) => show(next, callId, participant, context), grouped)
  const isGone = ({ id, legCallId }: Participant) => legCallId === callId && !wanted.some((other) => other.id === id)
  return shown.participants
    .filter(isGone)
    .reduce((decision, { id }) => after(decision, (next) => hide(next, id, context)), reportRoster(call, shown))
}

/** The participants of a leg once it has done what this call has asked of it. Until then, this call shows it as done. */
export function applyRequests(
  { participants }: Pick<LegView, 'participants'>,
  requests: readonly LegRequest[],
): readonly Participant[] {
  const idsOf = (type: LegRequest['type']) =>
    new Set(
      requests.flatMap((request) => (request.type === type && 'participantId' in request ? request.participantId : [])),
    )
  const [removed, muted, unshared] = [idsOf('remove'), idsOf('mute'), idsOf('unshare')]
  return participants
    .filter(({ id }) => !removed.has(id))
    .map(({ isSharing, ...participant }) => ({
      ...participant,
      isMuted: participant.isMuted || muted.has(participant.id),
      ...(isSharing && !unshared.has(participant.id) && { isSharing }),
    }))
}

/** Adds a participant of a leg to the roster, or changes their entry. A participant of this call stays as they are. */
function show(call: Call, callId: string, participant: Participant, context: RuleContext): Call {
  const { id, info, isMuted, isInLobby, recordingStatus, metadata, mediaStreams } = participant
  const entry = call.participants.find((other) => other.id === id)
  if (!entry) {
    if (!hasRoom(call, 1)) return call
    const added = { id, info, isInLobby, hasMedia: mediaStreams.length > 0, legCallId: callId }
    return show(addParticipant(call, added, context), callId, participant, context)
  }
  if (entry.legCallId === undefined) return call
  const isSame =
    JSON.stringify(entry.info) === JSON.stringify(info) &&
    entry.isMuted === isMuted &&
    entry.isInLobby === isInLobby &&
    entry.recordingStatus === recordingStatus &&
    entry.metadata === metadata
  const next = isSame
    ? call
    : changeParticipant(call, entry, {
        info,
        isMuted,
        isInLobby,
        ...(recordingStatus && { recordingStatus }),
        ...(metadata !== undefined && { metadata }),
      })
  return entry.legCallId === callId ? next : assignToLeg(next, id, callId)
}

/** Notes in which call a participant is; undefined for this one. The roster does not show it. */
export const assignToLeg = (call: Call, participantId: string, legCallId: string | undefined): Call => ({
  ...call,
  participants: call.participants.map((entry) => {
    if (entry.id !== participantId) return entry
    const { legCallId: _, ...own } = entry
    return legCallId === undefined ? own : { ...own, legCallId }
  }),
})

/** Whether the roster shows the same. */
export function isSameRoster(before: Call, shown: Call): boolean {
  const versionOf = ({ id, version }: Participant) => `${id} ${version}`
  return String(before.participants.map(versionOf)) === String(shown.participants.map(versionOf))
}

/** A peer-to-peer call has no roster to report. */
function reportRoster(before: Call, shown: Call): Decision {
  if (shown === before) return silentDecision(before)
  // The legs see by the version that something has changed, also when the roster shows the same.
  const next = updateCall(shown)
  const isReported = next.isGroup && !isSameRoster(before, next)
  return { ...silentDecision(next), events: isReported ? [{ type: 'rosterUpdated', call: next }] : [] }
}

const hide = (call: Call, participantId: string, { now }: RuleContext): Decision =>
  call.isGroup ? leaveGroup(call, participantId, now) : terminateCall(call, 'otherSideEnded', now)
