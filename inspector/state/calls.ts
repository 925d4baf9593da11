import type { CallSummary } from '../../shared/inspection/views.js'
import { describeParties, describeState, hasFailed } from '../describe.js'
import type { View } from '../url.js'

// The list of calls, newest first.

/** Adds calls, or replaces those that the list has. */
export function mergeCalls(calls: readonly CallSummary[], updates: readonly CallSummary[]): readonly CallSummary[] {
  if (updates.length === 0) return calls
  const byId = new Map([...calls, ...updates].map((call) => [call.id, call]))
  return [...byId.values()].sort((a, b) => b.createdAt - a.createdAt)
}

export function filterCalls(calls: readonly CallSummary[], view: View): readonly CallSummary[] {
  const text = view.q?.toLowerCase()
  return calls.filter(
    (call) =>
      (view.app === undefined || call.applicationId === view.app) &&
      (view.state === undefined || isInState(call, view.state)) &&
      (!view.failed || hasFailed(call)) &&
      (text === undefined || textOf(call).includes(text)),
  )
}

function isInState(call: CallSummary, state: string): boolean {
  return state === 'live' ? call.state !== 'terminated' : call.state === state
}

/** What the search looks through. */
function textOf(call: CallSummary): string {
  const people = call.people.flatMap(({ identity }) => [identity.id, identity.displayName])
  return [call.id, call.applicationId, describeParties(call), describeState(call).word, call.endReason, ...people]
    .join(' ')
    .toLowerCase()
}
