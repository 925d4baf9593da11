import { INITIATE_GROUP_CALL, JOIN_GROUP_CALL, JOIN_GROUP_CALL_AS_GUEST } from '../../shared/auth/permissions.js'
import { actionBody } from '../../shared/graph/requests/actionBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-add-large-gallery-view',
  summary: 'Adds the large gallery view to a meeting',
  action: 'addLargeGalleryView',
  permissions: [{ anyOf: [JOIN_GROUP_CALL_AS_GUEST, JOIN_GROUP_CALL, INITIATE_GROUP_CALL] }],
  body: actionBody,
  example: { clientContext: 'order 17' },
  operation: 'addLargeGalleryView',
  command: ({ body }) => ({ type: 'addLargeGalleryView', ...body }),
})
