import type { Call, Decision, Operation, RuleContext, Timer } from './call.js'
import { CANCELED, COMPLETED } from './endReasons.js'
import { CallError } from './errors.js'
import { finishOperation, operationEndedEvents, removeOperations, removeTimersOf } from './operation.js'
import { updateCall } from './updates.js'

// The media operations of a call run one after the other, in the order of their requests (Graph: call-playprompt).

/** A call that ends finishes its operations in one transaction of at most 100 rows (Azure Tables). */
const MAX_UNFINISHED_PROMPTS = 20

/**
 * Puts a media operation at the end of the queue, and starts it if no other one runs.
 *
 * @param action the name of the action, for the message
 * @throws CallError when the call has no service-hosted media, or too many media operations that have not finished
 */
export function queueMedia(call: Call, operation: Operation, action: string, context: RuleContext): Decision {
  requireServiceHostedMedia(call, action)
  const unfinished = unfinishedMedia(call)
  if (unfinished.length >= MAX_UNFINISHED_PROMPTS) {
    throw new CallError('tooManyPrompts', `${unfinished.length} prompts still play or wait; let one of them end first.`)
  }
  const queued = updateCall(call, { operations: [...call.operations, operation] })
  const next = unfinished.length === 0 ? startNextMedia(queued, context) : queued
  return { call: next, operations: [operation], events: [] }
}

/** The playing prompt finishes, and the next one starts. */
export function promptFinished(call: Call, _: unknown, context: RuleContext): Decision {
  const operations = unfinishedMedia(call)
    .slice(0, 1)
    .map((first) => finishOperation(first, context.now, 'completed', COMPLETED))
  const next = startNextMedia(updateCall(removeOperations(call, operations)), context)
  return { call: next, operations, events: operationEndedEvents(next, operations) }
}

/** Ends the running media operation and those that wait, and every other operation that sends media. */
export function cancelMedia(call: Call, { now }: Pick<RuleContext, 'now'>): Decision {
  const canceledTones = call.operations
    .filter(({ type }) => type === 'sendDtmfTones')
    .map((operation) => ({ ...operation, completionReason: 'mediaOperationCanceled' }))
  const operations = [...unfinishedMedia(call), ...canceledTones].map((operation) =>
    finishOperation(operation, now, 'failed', CANCELED),
  )
  const timers = removeTimersOf(call.timers, canceledTones).filter(({ command }) => command.type !== 'promptFinished')
  const next = updateCall(removeOperations(call, operations), { timers })
  return { call: next, operations, events: operationEndedEvents(next, operations) }
}

/** @throws CallError when the bot handles the media itself, or the call has none */
export function requireServiceHostedMedia(call: Call, action: string): void {
  if (call.mediaConfig?.type === 'serviceHosted') return
  const media = call.mediaConfig ? 'application-hosted media' : 'no media'
  throw new CallError('needsServiceHostedMedia', `The call has ${media}; ${action} needs service-hosted media.`)
}

/** The running media operation comes first, then those that wait. */
const unfinishedMedia = (call: Call): Operation[] => call.operations.filter(({ type }) => type === 'playPrompt')

/** Starts the first unfinished prompt. One that loops forever has no timer: it ends when canceled, or with the call. */
function startNextMedia(call: Call, { now, promptDurationMs }: RuleContext): Call {
  const [first] = unfinishedMedia(call)
  if (!first || first.prompts?.some(({ loop }) => loop === 0)) return call
  const timer: Timer = { id: `prompt:${first.id}`, at: now + promptDurationMs, command: { type: 'promptFinished' } }
  return { ...call, timers: [...call.timers, timer] }
}
