import type { Call, Decision, Operation, RuleContext, Timer } from './call.js'
import type { CancelMediaProcessingCommand, PlayPromptCommand } from './commands.js'
import { CANCELED, COMPLETED } from './endReasons.js'
import { CallError } from './errors.js'
import { completedOperation, createOperation, finishOperation, operationEndedEvents, updateCall } from './updates.js'

/** A call that ends finishes its prompts and invitations in one transaction of at most 100 rows (Azure Tables). */
const MAX_UNFINISHED_PROMPTS = 20

/**
 * Plays the prompts of one request, after those of earlier requests.
 *
 * @throws CallError when the call has no service-hosted media, or too many prompts that have not finished
 */
export function playPrompt(call: Call, command: PlayPromptCommand, context: RuleContext): Decision {
  if (call.mediaConfig?.type !== 'serviceHosted') {
    const media = call.mediaConfig ? 'application-hosted media' : 'no media'
    throw new CallError('needsServiceHostedMedia', `The call has ${media}; playPrompt needs service-hosted media.`)
  }
  const unfinished = unfinishedPrompts(call)
  if (unfinished.length >= MAX_UNFINISHED_PROMPTS) {
    throw new CallError('tooManyPrompts', `${unfinished.length} prompts still play or wait; let one of them end first.`)
  }
  const operation = createOperation('playPrompt', command, context, { prompts: command.prompts })
  const queued = updateCall(call, { operations: [...call.operations, operation] })
  const next = unfinished.length === 0 ? startNextPrompt(queued, context) : queued
  return { call: next, operations: [operation], events: [] }
}

/** The playing prompt finishes, and the next one starts. */
export function promptFinished(call: Call, _: unknown, context: RuleContext): Decision {
  const operations = unfinishedPrompts(call)
    .slice(0, 1)
    .map((first) => finishOperation(first, context.now, 'completed', COMPLETED))
  const next = startNextPrompt(updateCall(removeOperations(call, operations)), context)
  return { call: next, operations, events: operationEndedEvents(next, operations) }
}

/** Ends the playing prompt and those that wait. */
export function cancelMediaProcessing(
  call: Call,
  command: CancelMediaProcessingCommand,
  context: RuleContext,
): Decision {
  const operation = completedOperation('cancelMediaProcessing', command, context)
  const operations = unfinishedPrompts(call).map((prompt) => finishOperation(prompt, context.now, 'failed', CANCELED))
  const timers = call.timers.filter((timer) => timer.command.type !== 'promptFinished')
  const next = updateCall(removeOperations(call, operations), { timers })
  return { call: next, operations: [operation, ...operations], events: operationEndedEvents(next, operations) }
}

/** The playing prompt comes first, then those that wait. */
const unfinishedPrompts = (call: Call): Operation[] => call.operations.filter(({ type }) => type === 'playPrompt')

const removeOperations = (call: Call, removed: readonly Operation[]): Call => ({
  ...call,
  operations: call.operations.filter((operation) => !removed.some(({ id }) => id === operation.id)),
})

/** Starts the first unfinished prompt. One that loops forever has no timer: it ends when canceled, or with the call. */
function startNextPrompt(call: Call, { now, promptDurationMs }: RuleContext): Call {
  const [first] = unfinishedPrompts(call)
  if (!first || first.prompts?.some(({ loop }) => loop === 0)) return call
  const timer: Timer = { id: `prompt:${first.id}`, at: now + promptDurationMs, command: { type: 'promptFinished' } }
  return { ...call, timers: [...call.timers, timer] }
}
