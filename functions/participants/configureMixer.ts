import { INITIATE_GROUP_CALL, JOIN_GROUP_CALL, JOIN_GROUP_CALL_AS_GUEST } from '../../shared/auth/permissions.js'
import { configureMixerBody } from '../../shared/graph/requests/configureMixerBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'participant-configure-mixer',
  path: 'calls/{callId}/participants',
  action: 'configureMixer',
  permissions: [{ anyOf: [JOIN_GROUP_CALL_AS_GUEST, JOIN_GROUP_CALL, INITIATE_GROUP_CALL] }],
  body: configureMixerBody,
  command: ({ body }) => ({ type: 'configureMixer', ...body }),
})
