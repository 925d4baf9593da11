import type { Call, Decision, RuleContext } from '../call.js'
import type { UpdateMetadataCommand } from '../commands.js'
import { completedOperation } from '../operation.js'
import { changeBot } from '../updates.js'

/** The bot sets the metadata of its roster entry, a text that the service does not interpret. */
export function updateMetadata(call: Call, command: UpdateMetadataCommand, context: RuleContext): Decision {
  const operation = completedOperation('updateMetadata', command, context)
  return { ...changeBot(call, { metadata: command.metadata }), operations: [operation] }
}
