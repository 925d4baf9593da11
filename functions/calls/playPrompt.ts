import { measurePrompts } from '../../shared/engine/prompts.js'
import { playPromptBody } from '../../shared/graph/requests/playPromptBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-play-prompt',
  action: 'playPrompt',
  permissions: [],
  body: playPromptBody,
  command: ({ service, body: { prompts, clientContext } }) =>
    measurePrompts(service, prompts, (measured) => ({ type: 'playPrompt', prompts: measured, clientContext })),
})
