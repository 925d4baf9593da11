import type { Call, Decision, RuleContext } from '../call.js'
import type { RecordResponseCommand } from '../commands.js'
import { cancelQueuedMedia, queueMedia, requireServiceHostedMedia } from '../mediaQueue.js'
import { createOperation } from '../operation.js'

/**
 * Records what participants say, after earlier prompts and recordings. With `bargeInAllowed` it cancels those instead
 * (Graph: call-record). Throws as queueMedia does.
 */
export function recordResponse(call: Call, command: RecordResponseCommand, context: RuleContext): Decision {
  const { prompts, settings, recordingsUrl, bargeInAllowed } = command
  requireServiceHostedMedia(call, command.type)
  const running = createOperation('recordResponse', command, context, { prompts })
  const location = `${recordingsUrl}/${call.id}/${running.id}`
  const recording = { settings, location, accessToken: context.newId(), segments: [] }
  const canceled = bargeInAllowed ? cancelQueuedMedia(call, context) : { call, operations: [], events: [] }
  const queued = queueMedia(canceled.call, { ...running, recording }, command.type, context)
  return {
    call: queued.call,
    operations: [...queued.operations, ...canceled.operations],
    events: [...canceled.events, ...queued.events],
  }
}
