import type { Call, Decision, RuleContext } from '../call.js'
import type { ActionCommand } from '../commands.js'
import { requireGroupCall } from '../errors.js'
import { createOperation, startTimedOperation } from '../operation.js'
import { updateCall } from '../updates.js'

/** Adds the large gallery view to a group call or a meeting. There is no video, so the operation completes at once. */
export function addLargeGalleryView(call: Call, command: ActionCommand, context: RuleContext): Decision {
  requireGroupCall(call, command.type)
  const operation = createOperation('addLargeGalleryView', command, context)
  return { call: startTimedOperation(updateCall(call), operation, 0), operations: [operation], events: [] }
}
