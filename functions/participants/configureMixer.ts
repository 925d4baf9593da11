import { INITIATE_GROUP_CALL, JOIN_GROUP_CALL, JOIN_GROUP_CALL_AS_GUEST } from '../../shared/auth/permissions.js'
import { configureMixerBody } from '../../shared/graph/requests/configureMixerBody.js'
import { registerCallAction } from '../../shared/http/registerCallAction.js'

registerCallAction({
  name: 'participant-configure-mixer',
  summary: 'Sets whom participants hear',
  path: 'calls/{callId}/participants',
  action: 'configureMixer',
  permissions: [{ anyOf: [JOIN_GROUP_CALL_AS_GUEST, JOIN_GROUP_CALL, INITIATE_GROUP_CALL] }],
  body: configureMixerBody,
  example: { participantMixerLevels: [{ participant: '4c0a0b6c-0c6c-4a8b-9a0e-0f2d6f6f1f11', exclusiveMode: true }] },
  operation: 'configureMixer',
  command: ({ body }) => ({ type: 'configureMixer', ...body }),
})
