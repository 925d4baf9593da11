import type { Command, OperationType } from '../calls/commands.js'
import { type BuildCommand, changeCall, startedOperation } from '../engine/changeCall.js'
import { dialects } from '../graph/dialects/dialects.js'
import { actionReplies } from '../graph/replies/operation.js'
import type { RequestContext } from './endpoint.js'
import { type GraphEndpointDefinition, registerGraphEndpoint } from './registerEndpoint.js'

interface CallActionDefinition<B>
  extends Omit<GraphEndpointDefinition<B>, 'method' | 'path' | 'handle' | 'action' | 'replies'> {
  readonly action: string
  /** What the action starts. */
  readonly operation: OperationType
  /** What has the action; the call itself by default. */
  readonly path?: `calls/{callId}/${string}`
  /** The command, or a function that builds it; the function is not called for a retried request. */
  readonly command: (context: RequestContext<B>) => Command | BuildCommand
}

/** Registers `POST {path}/{action}` for an action that starts an operation and answers with it. */
export function registerCallAction<B>({ command, operation, ...definition }: CallActionDefinition<B>): void {
  registerGraphEndpoint({
    path: 'calls/{callId}',
    ...definition,
    method: 'POST',
    replies: actionReplies(operation),
    handle: async function handleCallAction(context: RequestContext<B>) {
      const changed = await changeCall(context.service, context.callId, command(context), context)
      return dialects[changed.dialect].replyToAction(changed.call, startedOperation(changed))
    },
  })
}
