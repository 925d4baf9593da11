import type { Call, Decision, Operation, RuleContext, Timer } from './call.js'
import { changed, doneAtOnce, ended, endedOf, newOperation } from './change.js'
import type { CancelMediaProcessingCommand, PlayPromptCommand } from './commands.js'
import { canceled, completed } from './endings.js'
import { CallError } from './errors.js'

/** When a call ends, they end with it, in the transaction of 100 rows that its running invitations share. */
const MAX_UNFINISHED_PROMPTS = 20

/** Plays prompts, after those that still play. */
export function playPrompt(call: Call, command: PlayPromptCommand, context: RuleContext): Decision {
  if (call.mediaConfig?.type !== 'serviceHosted') {
    const media = call.mediaConfig ? 'application-hosted media' : 'no media'
    throw new CallError('needsServiceHostedMedia', `The call has ${media}; playPrompt needs service-hosted media.`)
  }
  const before = promptsOf(call)
  if (before.length >= MAX_UNFINISHED_PROMPTS) {
    throw new CallError('tooManyPrompts', `${before.length} prompts still play or wait; let one of them end first.`)
  }
  const operation = newOperation('playPrompt', command, context, { prompts: command.prompts })
  const queued = changed(call, { operations: [...call.operations, operation] })
  const next = before.length === 0 ? playing(queued, context) : queued
  return { call: next, operations: [operation], announcements: [] }
}

/** The prompt that plays is over, and the next one begins. */
export function promptEnds(call: Call, _: unknown, context: RuleContext): Decision {
  const operations = promptsOf(call)
    .slice(0, 1)
    .map((first) => ended(first, context.now, 'completed', completed))
  const next = playing(changed(without(call, operations), {}), context)
  return { call: next, operations, announcements: endedOf(next, operations) }
}

/** Ends the prompt that plays, and those that wait. */
export function cancelMediaProcessing(
  call: Call,
  command: CancelMediaProcessingCommand,
  context: RuleContext,
): Decision {
  const operation = doneAtOnce('cancelMediaProcessing', command, context)
  const operations = promptsOf(call).map((one) => ended(one, context.now, 'failed', canceled))
  const timers = call.timers.filter((timer) => timer.command.type !== 'promptEnds')
  const next = changed(without(call, operations), { timers })
  return { call: next, operations: [operation, ...operations], announcements: endedOf(next, operations) }
}

const promptsOf = (call: Call) => call.operations.filter(({ type }) => type === 'playPrompt')

const without = (call: Call, over: readonly Operation[]): Call => ({
  ...call,
  operations: call.operations.filter(({ id }) => !over.some((one) => one.id === id)),
})

/** The first of the prompts plays. One that loops for ever ends only when it is canceled, or with the call. */
function playing(call: Call, { now, promptPlaysForMs }: RuleContext): Call {
  const [first] = promptsOf(call)
  if (!first || first.prompts?.some(({ loop }) => loop === 0)) return call
  const timer: Timer = { id: `prompt:${first.id}`, at: now + promptPlaysForMs, command: { type: 'promptEnds' } }
  return { ...call, timers: [...call.timers, timer] }
}
