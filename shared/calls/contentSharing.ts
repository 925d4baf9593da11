import type { Call, CallEvent, Decision, EventOfType, RuleContext } from './call.js'
import type { PersonCommand } from './commands.js'
import { CallError, isInLobby } from './errors.js'
import { askLegOf } from './legs/links.js'
import type { ContentSharingSession, Participant } from './resources.js'
import { requireParticipant } from './roster.js'
import { changeParticipant, silentDecision, updateCall } from './updates.js'

// One participant at a time shares content, as in Teams. The next one who shares continues the session.

/** The sessions as the API lists them: a call has one or none. */
export const contentSharingSessionsOf = ({ contentSharingSession }: Call): readonly ContentSharingSession[] =>
  contentSharingSession ? [contentSharingSession] : []

/** A person starts to share content. Changes nothing if they already do. */
export function personShares(call: Call, { personId }: PersonCommand, context: RuleContext): Decision {
  const presenter = requireParticipant(call, personId)
  if (presenter.isInLobby) throw isInLobby(personId)
  return takeOver(call, presenter, context)
}

/** Makes a participant of this call the presenter. One who shares in the call of another application stops there. */
export function takeOver(call: Call, presenter: Participant, context: Pick<RuleContext, 'newId'>): Decision {
  const shared = call.contentSharingSession?.presenterParticipantId ?? presenter.id
  const asked = shared === presenter.id ? call : askLegOf(call, shared, 'unshare')
  return startSharing(asked, presenter, context)
}

/** A person stops sharing content. */
export function personStopsSharing(call: Call, { personId }: PersonCommand): Decision {
  const presenter = requireParticipant(call, personId)
  if (!presenter.isSharing) {
    throw new CallError('isNotSharing', `${personId} does not share content in this call.`)
  }
  return stopSharing(call, presenter)
}

/** Makes a participant the presenter, instead of any other. Changes nothing if they already are. */
export function startSharing(call: Call, presenter: Participant, { newId }: Pick<RuleContext, 'newId'>): Decision {
  const { contentSharingSession: before, participants } = call
  if (before?.presenterParticipantId === presenter.id) return silentDecision(call)
  const session: ContentSharingSession = {
    id: before?.id ?? newId(),
    presenterParticipantId: presenter.id,
    version: (before?.version ?? 0) + 1,
  }
  const replaced = participants.find(({ id }) => id === before?.presenterParticipantId)
  const others = replaced ? setSharing(call, replaced, false) : call
  const next = updateCall(setSharing(others, presenter, true), { contentSharingSession: session })
  return reportSession(next, { type: 'contentSharingChanged', changeType: before ? 'updated' : 'created', session })
}

/** Ends the session of a presenter. Changes nothing if the participant is not the presenter. */
export function stopSharing(call: Call, presenter: Participant): Decision {
  const { contentSharingSession: session } = call
  if (session?.presenterParticipantId !== presenter.id) return silentDecision(call)
  const next = updateCall(setSharing(call, presenter, false), { contentSharingSession: undefined })
  return reportSession(next, { type: 'contentSharingChanged', changeType: 'deleted', session })
}

/** The event of a presenter who has left: removing a participant also ends their session. */
export function sessionEndedEvents(before: Call, after: Call): readonly CallEvent[] {
  const { contentSharingSession: session } = before
  if (!session || after.contentSharingSession) return []
  return [{ type: 'contentSharingChanged', call: after, changeType: 'deleted', session }]
}

const setSharing = (call: Call, participant: Participant, isSharing: boolean): Call =>
  changeParticipant(call, participant, { isSharing: isSharing || undefined })

/** The roster changes too, because it shows the streams of the presenter. A peer-to-peer call has no roster. */
function reportSession(call: Call, event: Omit<EventOfType<'contentSharingChanged'>, 'call'>): Decision {
  const rosterUpdated: CallEvent[] = call.isGroup ? [{ type: 'rosterUpdated', call }] : []
  return { call, operations: [], events: [{ ...event, call }, ...rosterUpdated] }
}
