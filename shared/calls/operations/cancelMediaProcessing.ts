import type { Call, Decision, RuleContext } from '../call.js'
import type { ActionCommand } from '../commands.js'
import { cancelMedia } from '../mediaQueue.js'
import { completedOperation } from '../operation.js'

/** Ends the media operations of the call. A subscription to tones stays (Graph: call-cancelmediaprocessing). */
export function cancelMediaProcessing(call: Call, command: ActionCommand, context: RuleContext): Decision {
  const operation = completedOperation('cancelMediaProcessing', command, context)
  const canceled = cancelMedia(call, context)
  return { ...canceled, operations: [operation, ...canceled.operations] }
}
