import { measurePrompts } from '../../shared/engine/prompts.js'
import { playPromptBody } from '../../shared/graph/requests/playPromptBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-play-prompt',
  summary: 'Plays prompts',
  action: 'playPrompt',
  permissions: [],
  body: playPromptBody,
  example: { prompts: [{ mediaInfo: { uri: 'https://bot.contoso.com/welcome.wav' } }], clientContext: 'order 17' },
  operation: 'playPrompt',
  command: ({ service, body: { prompts, clientContext } }) =>
    measurePrompts(service, prompts, (measured) => ({ type: 'playPrompt', prompts: measured, clientContext })),
})
