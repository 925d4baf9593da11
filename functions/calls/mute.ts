import { actionBody } from '../../shared/graph/requests/actionBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-mute',
  action: 'mute',
  permissions: [],
  body: actionBody,
  command: ({ body }) => ({ type: 'mute', ...body }),
})
