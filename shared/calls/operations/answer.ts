import type { Call, Decision, RuleContext } from '../call.js'
import type { AnswerCommand } from '../commands.js'
import { createOperation } from '../operation.js'
import { terminateCall, updateCall } from '../updates.js'

/** The bot answers the incoming call. A timer that is due at once connects the media and completes the operation. */
export function answer(call: Call, command: AnswerCommand, context: RuleContext): Decision {
  const operation = createOperation('answer', command, context)
  const next = updateCall(call, {
    state: 'establishing',
    ...(command.callbackUri !== undefined && { callbackUri: command.callbackUri, isCallbackNamed: true }),
    requestedModalities: command.acceptedModalities,
    mediaConfig: command.mediaConfig,
    callOptions: command.callOptions,
    operations: [operation],
    timers: [{ id: 'connect', at: context.now, command: { type: 'connect' } }],
  })
  return { call: next, operations: [operation], events: [{ type: 'establishing', call: next }] }
}

/** The bot did not answer in time. */
export function answerTimedOut(call: Call, _: unknown, context: RuleContext): Decision {
  return terminateCall(call, 'missed', context.now)
}
