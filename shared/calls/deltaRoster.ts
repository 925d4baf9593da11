import type { Call, CallEvent, Decision } from './call.js'
import type { RosterDelta } from './resources.js'
import { visibleParticipants } from './roster.js'

/**
 * Numbers the roster update of a decision and adds what has changed, if the bot has asked for changes only (Graph:
 * callOptions, isDeltaRosterEnabled). The first update contains the whole roster. An update in which the bot sees no
 * change is empty and has no number of its own.
 *
 * @param before the call before the decision; undefined for a new call
 */
export function addRosterDelta(before: Call | undefined, decision: Decision): Decision {
  const update = decision.events.find(({ type }) => type === 'rosterUpdated')
  if (!update || !decision.call.callOptions?.isDeltaRosterEnabled) return decision
  const delta = compareRosters(before, update.call)
  const events = decision.events.map(
    (event): CallEvent => (event.type === 'rosterUpdated' ? { ...event, delta } : event),
  )
  return { ...decision, call: { ...decision.call, lastRosterSequence: delta.sequenceNumber }, events }
}

function compareRosters(before: Call | undefined, after: Call): RosterDelta {
  const lastRosterSequence = before?.lastRosterSequence ?? 0
  const known = before && lastRosterSequence > 0 ? visibleParticipants(before) : []
  const current = visibleParticipants(after)
  const participants = current.filter(
    ({ id, version }) => !known.some((entry) => entry.id === id && entry.version === version),
  )
  const removed = known.filter(({ id }) => !current.some((entry) => entry.id === id))
  const isChanged = participants.length + removed.length > 0
  return { sequenceNumber: isChanged ? lastRosterSequence + 1 : lastRosterSequence, participants, removed }
}
