import { playPromptBody } from '../../shared/graph/requests/playPromptBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-play-prompt',
  action: 'playPrompt',
  permissions: [],
  body: playPromptBody,
  command: ({ body: { prompts, clientContext } }) => ({ type: 'playPrompt', prompts, clientContext }),
})
