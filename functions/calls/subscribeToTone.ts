import { ACCESS_MEDIA } from '../../shared/auth/permissions.js'
import { actionBody } from '../../shared/graph/requests/actionBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-subscribe-to-tone',
  action: 'subscribeToTone',
  permissions: [ACCESS_MEDIA],
  body: actionBody,
  command: ({ body }) => ({ type: 'subscribeToTone', ...body }),
})
