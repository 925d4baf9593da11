import { actionBody } from '../../shared/graph/requests/actionBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-unmute',
  summary: 'Unmutes the bot',
  action: 'unmute',
  permissions: [],
  body: actionBody,
  example: { clientContext: 'order 17' },
  operation: 'unmuteParticipant',
  command: ({ body }) => ({ type: 'unmute', ...body }),
})
