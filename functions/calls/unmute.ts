import { actionBody } from '../../shared/graph/requests/actionBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-unmute',
  action: 'unmute',
  permissions: [],
  body: actionBody,
  command: ({ body }) => ({ type: 'unmute', ...body }),
})
