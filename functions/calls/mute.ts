import { actionBody } from '../../shared/graph/requests/actionBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-mute',
  summary: 'Mutes the bot',
  action: 'mute',
  permissions: [],
  body: actionBody,
  example: { clientContext: 'order 17' },
  operation: 'muteParticipant',
  command: ({ body }) => ({ type: 'mute', ...body }),
})
