import { changeCall, started } from '../../shared/changeCall.js'
import { playPromptBody } from '../../shared/graph/bodies/playPromptBody.js'
import { graphFunction } from '../../shared/graphFunction.js'

graphFunction({
  name: 'call-playprompt',
  method: 'POST',
  path: 'calls/{callId}',
  action: 'playPrompt',
  permissions: [],
  body: playPromptBody,
  async handle({ service, callId, body: { prompts, clientContext }, authorize, request }) {
    const command = { type: 'playPrompt', prompts, clientContext } as const
    const changed = await changeCall(service, callId, command, authorize, request)
    return changed.dialect.operated(changed.call, started(changed))
  },
})
