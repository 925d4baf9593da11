import { INITIATE_GROUP_CALL, JOIN_GROUP_CALL, JOIN_GROUP_CALL_AS_GUEST } from '../../shared/auth/permissions.js'
import { updateMetadataBody } from '../../shared/graph/requests/updateMetadataBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'call-update-metadata',
  summary: 'Sets a text of the bot in the roster; not below `/communications`',
  // The page existed until early 2021, with paths below /app only (Graph: call-updatemetadata).
  area: 'calls2019',
  action: 'updateMetadata',
  permissions: [{ anyOf: [JOIN_GROUP_CALL_AS_GUEST, JOIN_GROUP_CALL, INITIATE_GROUP_CALL] }],
  body: updateMetadataBody,
  example: { metadata: 'queue 4', clientContext: 'order 17' },
  operation: 'updateMetadata',
  command: ({ body }) => ({ type: 'updateMetadata', ...body }),
})
