import type { Announcement, Call, Decision, RuleContext } from './call.js'
import { changed, ended, withBot, withParticipant } from './change.js'
import { withKeepAlive } from './keepAlive.js'

/** Media is up: an answered call or a joined meeting is established. */
export function connect(call: Call, _: unknown, context: RuleContext): Decision {
  const operations = call.operations.map((operation) => ended(operation, context.now, 'completed', undefined))
  // The caller was there first; in a meeting the bot is alone until somebody joins.
  const seated =
    call.direction === 'incoming' ? withParticipant(call, context.newId(), call.source, true, context) : call
  return establish({ ...seated, operations: [], timers: [] }, operations, context)
}

/**
 * Makes the call established with the bot in it. A group call also gets its first roster. The audio of a bot that has any is
 * announced as active after that, and never again: bots begin to speak when they are told.
 */
export function establish(call: Call, operations: Decision['operations'], context: RuleContext): Decision {
  const { requestedModalities } = call
  const next = changed(withKeepAlive(withBot(call, requestedModalities, context), context), {
    state: 'established',
    activeModalities: requestedModalities,
  })
  const announcements: Announcement[] = [{ type: 'established', call: next }]
  if (next.group) announcements.push({ type: 'rosterUpdated', call: next })
  if (!requestedModalities.includes('audio')) return { call: next, operations, announcements }
  const speaking: Call = { ...next, mediaState: { audio: 'active' } }
  return {
    call: speaking,
    operations,
    announcements: [...announcements, { type: 'mediaStateChanged', call: speaking }],
  }
}
