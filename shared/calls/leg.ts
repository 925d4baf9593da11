import type { Call, Decision, EndReason, RingingParticipant, RuleContext } from './call.js'
import type { LegChangedCommand, LegView } from './commands.js'
import { CHECK_TIMER, checkTimer } from './legTimer.js'
import { admitParticipant, leaveGroup, removeInvitee } from './participants.js'
import type { Participant, RecordingStatus, RejectReason } from './resources.js'
import { changeParticipant, silentDecision, terminateCall } from './updates.js'

// A call between two applications is two calls, its legs: each application has its own, in a partition of its own. A leg
// never writes the other one. It reads what the other application does, and changes itself accordingly.

/** What the other leg must know of this call. */
export function viewLeg(call: Call): LegView {
  const bot = call.participants.find(({ id }) => id === call.myParticipantId)
  return {
    version: call.version,
    state: stateOf(call),
    ...rejectionOf(call),
    ...(call.endReason === 'redirected' && call.answeredBy && { answeredBy: call.answeredBy }),
    isMuted: bot?.isMuted ?? false,
    ...(bot?.recordingStatus && { recordingStatus: bot.recordingStatus }),
  }
}

/** For the other leg, a group call has ended when it continues without the other application. */
function stateOf(call: Call): LegView['state'] {
  const { state, leg, participants, ringing } = call
  if (state === 'terminated') return 'ended'
  if (state !== 'established' && state !== 'transferring') return 'ringing'
  const ids = [...participants.map(({ id }) => id), ...ringing.map(({ participantId }) => participantId)]
  return leg && !ids.includes(leg.participantId) ? 'ended' : 'connected'
}

/** Whether the other leg must be told of a change. */
export function isNews(before: Call, after: Call): boolean {
  const { version: _, ...old } = viewLeg(before)
  const { version: _new, ...now } = viewLeg(after)
  return JSON.stringify(old) !== JSON.stringify(now)
}

/** Agrees with the other leg, and plans the next reading. What is older than what is known changes nothing. */
export function legChanged(call: Call, { view }: LegChangedCommand, context: RuleContext): Decision {
  const { leg } = call
  if (!leg) return silentDecision(call)
  const others = call.timers.filter(({ id }) => id !== CHECK_TIMER)
  if (view.version <= leg.version) {
    return silentDecision({ ...call, timers: [...others, checkTimer(context.now)] })
  }
  const invitee = call.ringing.find(({ participantId }) => participantId === leg.participantId)
  // The other application joins unmuted. What it has changed since is read again, as a change of its own.
  if (invitee && view.state === 'connected') {
    return admitParticipant({ ...call, timers: [...others, checkTimer(context.now, 0)] }, invitee, context)
  }
  if (invitee && view.answeredBy) {
    // From now on this is a call with that person.
    const { leg: _, ...unlinked } = call
    return admitParticipant({ ...unlinked, timers: others }, { ...invitee, info: view.answeredBy }, context)
  }
  const known: Call = { ...call, timers: [...others, checkTimer(context.now)], leg: { ...leg, version: view.version } }
  if (view.state === 'ended') return followEnd(known, invitee, view, context)
  return followMedia(known, leg.participantId, view)
}

function followEnd(
  call: Call,
  invitee: RingingParticipant | undefined,
  { rejectReason }: LegView,
  context: RuleContext,
): Decision {
  const isInGroup = call.isGroup && call.participants.some(({ id }) => id === call.leg?.participantId)
  if (isInGroup) return leaveGroup(call, call.leg?.participantId ?? '', context.now)
  if (call.isGroup && !invitee) return silentDecision(call)
  if (!invitee) return terminateCall(call, 'otherSideEnded', context.now)
  // Any other end of its call is that of a callee who was not reached.
  return removeInvitee(call, invitee, rejectReason ? END_REASONS[rejectReason] : 'unanswered', context)
}

const END_REASONS: Readonly<Record<RejectReason, EndReason>> = {
  none: 'declined',
  busy: 'busy',
  forbidden: 'forbidden',
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

/** A peer-to-peer call has no roster to report. */
function followMedia(call: Call, participantId: string, { isMuted, recordingStatus }: LegView): Decision {
  const participant = call.participants.find(({ id }) => id === participantId)
  if (!participant || !isChanged(participant, isMuted, recordingStatus)) return silentDecision(call)
  const next = changeParticipant(call, participant, { isMuted, ...(recordingStatus && { recordingStatus }) })
  return { ...silentDecision(next), events: next.isGroup ? [{ type: 'rosterUpdated', call: next }] : [] }
}

const isChanged = (participant: Participant, isMuted: boolean, recordingStatus: RecordingStatus | undefined): boolean =>
  participant.isMuted !== isMuted || participant.recordingStatus !== recordingStatus

/** The other application cannot be called: no bot is registered under its id. */
export function calleeUnreachable(call: Call, _: unknown, context: RuleContext): Decision {
  const invitee = call.ringing.find(({ participantId }) => participantId === call.leg?.participantId)
  return invitee ? removeInvitee(call, invitee, 'unanswered', context) : silentDecision(call)
}

/** The other application has its call. */
export const legOffered = (call: Call, _: unknown, { now }: RuleContext): Decision =>
  silentDecision({ ...call, timers: [...call.timers, checkTimer(now)] })
