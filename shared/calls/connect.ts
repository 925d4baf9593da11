import type { Announcement, Call, Decision, RuleContext } from './call.js'
import { changed, ended, withBot, withParticipant } from './change.js'

/** Media is up: an answered call or a joined meeting is established. */
export function connect(call: Call, _: unknown, context: RuleContext): Decision {
  const operations = call.operations.map((operation) => ended(operation, context.now, 'completed', undefined))
  // The caller was there first; in a meeting the bot is alone until somebody joins.
  const seated = call.direction === 'incoming' ? withParticipant(call, context.newId(), call.source, true) : call
  return establish({ ...seated, operations: [], timers: [] }, operations)
}

/** Makes the call established with the bot in it. A group call also gets its first roster. */
export function establish(call: Call, operations: Decision['operations']): Decision {
  const next = changed(withBot(call, call.requestedModalities), {
    state: 'established',
    activeModalities: call.requestedModalities,
  })
  const announcements: Announcement[] = [{ type: 'established', call: next }]
  if (next.group) announcements.push({ type: 'rosterUpdated', call: next })
  return { call: next, operations, announcements }
}
