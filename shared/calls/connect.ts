import type { Call, CallEvent, Decision, RuleContext } from './call.js'
import { finishOperation } from './operation.js'
import { restartKeepAliveTimer } from './operations/keepAlive.js'
import { addBot, addParticipant, updateCall } from './updates.js'

/** The media is connected: this establishes an answered call or a joined meeting. */
export function connect(call: Call, _: unknown, context: RuleContext): Decision {
  const operations = call.operations.map((operation) => finishOperation(operation, context.now, 'completed', undefined))
  // The caller precedes the bot in the roster. In a meeting the bot is alone until a person joins.
  const withCaller =
    call.direction === 'incoming'
      ? addParticipant(call, { id: context.newId(), info: call.source, hasMedia: true }, context)
      : call
  return establishCall({ ...withCaller, operations: [], timers: [] }, operations, context)
}

/**
 * Establishes the call with the bot in it. A group call also reports its first roster. If the bot has audio, the last
 * event reports it as active, once per call: bots start to speak when they get it.
 */
export function establishCall(call: Call, operations: Decision['operations'], context: RuleContext): Decision {
  const { requestedModalities } = call
  const next = updateCall(restartKeepAliveTimer(addBot(call, requestedModalities, context), context), {
    state: 'established',
    activeModalities: requestedModalities,
  })
  const events: CallEvent[] = [{ type: 'established', call: next }]
  if (next.isGroup) events.push({ type: 'rosterUpdated', call: next })
  if (!requestedModalities.includes('audio')) return { call: next, operations, events }
  const withAudio: Call = { ...next, mediaState: { audio: 'active' } }
  return { call: withAudio, operations, events: [...events, { type: 'mediaStateChanged', call: withAudio }] }
}
