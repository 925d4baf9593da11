import type { Call, Decision, RuleContext } from '../call.js'
import type { UpdateRecordingStatusCommand } from '../commands.js'
import { requireGroupCall } from '../errors.js'
import { completedOperation } from '../operation.js'
import { changeBot } from '../updates.js'

/** The bot reports whether it records the group call or the meeting. The roster shows it. */
export function updateRecordingStatus(
  call: Call,
  command: UpdateRecordingStatusCommand,
  context: RuleContext,
): Decision {
  requireGroupCall(call, command.type)
  const operation = completedOperation('updateRecordingStatus', command, context)
  return { ...changeBot(call, { recordingStatus: command.status }), operations: [operation] }
}
