import type { Call, Decision, RuleContext } from '../call.js'
import type { AnswerCommand } from '../commands.js'
import { connect } from '../connect.js'
import { rereadLegs } from '../legs/links.js'
import { createOperation } from '../operation.js'
import { terminateCall, updateCall } from '../updates.js'

/** The bot answers the incoming call, which connects the media and completes the operation. */
export function answer(call: Call, command: AnswerCommand, context: RuleContext): Decision {
  const operation = createOperation('answer', command, context)
  const next = updateCall(call, {
    state: 'establishing',
    ...(command.callbackUri !== undefined && { callbackUri: command.callbackUri, isCallbackNamed: true }),
    requestedModalities: command.acceptedModalities,
    mediaConfig: command.mediaConfig,
    callOptions: command.callOptions,
    operations: [operation],
    timers: [],
  })
  return connect(rereadLegs(next, context.now), context)
}

/** The bot did not answer in time. */
export function answerTimedOut(call: Call, _: unknown, context: RuleContext): Decision {
  return terminateCall(call, 'missed', context.now)
}
