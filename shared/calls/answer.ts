import type { Call, Decision, RuleContext } from './call.js'
import { changed, newOperation, terminate } from './change.js'
import type { AnswerCommand } from './commands.js'

/** The bot takes the incoming call. Media connects right after; until then the operation runs. */
export function answer(call: Call, command: AnswerCommand, context: RuleContext): Decision {
  const operation = newOperation('answer', command, context)
  const next = changed(call, {
    state: 'establishing',
    callbackUri: command.callbackUri ?? call.callbackUri,
    requestedModalities: command.acceptedModalities,
    mediaConfig: command.mediaConfig,
    operations: [operation],
    timers: [{ id: 'connect', at: context.now, command: { type: 'connect' } }],
  })
  return { call: next, operations: [operation], announcements: [{ type: 'establishing', call: next }] }
}

/** The bot let the answer deadline pass. */
export function missAnswerDeadline(call: Call, _: unknown, context: RuleContext): Decision {
  return terminate(call, 'missed', context.now)
}
