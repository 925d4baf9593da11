import type { Call, Decision, RuleContext } from '../call.js'
import type { PlayPromptCommand } from '../commands.js'
import { queueMedia } from '../mediaQueue.js'
import { createOperation } from '../operation.js'

/** Plays the prompts of one request, after those of earlier requests. Throws as queueMedia does. */
export function playPrompt(call: Call, command: PlayPromptCommand, context: RuleContext): Decision {
  const operation = createOperation('playPrompt', command, context, { prompts: command.prompts })
  return queueMedia(call, operation, 'playPrompt', context)
}
