import type { Call, Decision, RuleContext } from '../call.js'
import type { LegsReadCommand } from '../commands.js'
import { startSharing, stopSharing } from '../contentSharing.js'
import { isConnected } from '../roster.js'
import { silentDecision } from '../updates.js'
import { after } from './after.js'
import { findLeg, rereadLegs } from './links.js'
import { applyRequests } from './mirror.js'

/**
 * A participant who shares content in a leg shares it in this call too, instead of one of this call. Of two who began at
 * the same time, none or one goes on.
 */
export function followPresenter(decision: Decision, views: LegsReadCommand['views'], context: RuleContext): Decision {
  const { call } = decision
  const presenter = call.participants.find(({ isSharing }) => isSharing)
  const next = findNext(call, views)
  const isDone = next ? next === presenter : presenter?.legCallId === undefined
  if (isDone || !isConnected(call)) return decision
  // The session of the decision is reported on its own.
  const hasChanged = decision.events.some(({ type }) => type === 'contentSharingChanged')
  if (hasChanged) return after(decision, (changed) => silentDecision(rereadLegs(changed, context.now)))
  return after(decision, () => {
    if (next) return startSharing(call, next, context)
    return presenter ? stopSharing(call, presenter) : silentDecision(call)
  })
}

/** The participant of a leg who shares. A leg that was not read, or of which the view is an old one, is as before. */
function findNext(call: Call, views: LegsReadCommand['views']): Call['participants'][number] | undefined {
  const current = views.filter(({ callId, view }) => (findLeg(call, callId)?.version ?? 0) <= view.version)
  const sharing = current.flatMap(({ callId, view }) =>
    view.state === 'connected' ? applyRequests(view, findLeg(call, callId)?.requests ?? []) : [],
  )
  const ids = new Set(sharing.flatMap(({ id, isSharing }) => (isSharing ? id : [])))
  const read = new Set(current.map(({ callId }) => callId))
  return call.participants
    .filter(({ legCallId }) => legCallId !== undefined)
    .filter(({ id, isSharing, legCallId = '' }) => ids.has(id) || (isSharing && !read.has(legCallId)))
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))[0]
}
