import type { Call, CallEvent, Decision, RuleContext } from './call.js'
import { findOfferer } from './legs/links.js'
import { finishOperation } from './operation.js'
import { restartKeepAliveTimer } from './operations/keepAlive.js'
import { addBot, addParticipant, updateCall } from './updates.js'

/**
 * Connects the media of an answered call or a joined meeting. Nothing has to be waited for, so the call is established
 * in the same commit. The reply shows the call as establishing, and a running operation, as Graph's does.
 */
export function connect(establishing: Call, context: RuleContext): Decision {
  const completed = establishing.operations.map((operation) =>
    finishOperation(operation, context.now, 'completed', undefined),
  )
  // The caller precedes the bot in the roster. In a meeting the bot is alone until a person joins.
  const withCaller = establishing.direction === 'incoming' ? addCaller(establishing, context) : establishing
  const established = establishCall({ ...withCaller, operations: [] }, completed, context)
  return {
    ...established,
    events: [{ type: 'establishing', call: establishing }, ...established.events],
    reply: { call: establishing, operations: establishing.operations },
  }
}

function addCaller(call: Call, context: RuleContext): Call {
  const { callerParticipantId: id = context.newId(), source: info } = call
  return addParticipant(call, { id, info, hasMedia: true, legCallId: findOfferer(call)?.callId }, context)
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
