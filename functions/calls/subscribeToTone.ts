import { ACCESS_MEDIA } from '../../shared/auth/permissions.js'
import { actionBody } from '../../shared/graph/requests/actionBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-subscribe-to-tone',
  summary: 'Subscribes to the keys that participants press',
  action: 'subscribeToTone',
  permissions: [ACCESS_MEDIA],
  body: actionBody,
  example: { clientContext: 'order 17' },
  operation: 'subscribeToTone',
  command: ({ body }) => ({ type: 'subscribeToTone', ...body }),
})
