import { INITIATE_GROUP_CALL, JOIN_GROUP_CALL } from '../../shared/auth/permissions.js'
import { requireAudioRoutingGroup } from '../../shared/calls/operations/audioRoutingGroups.js'
import { changeCall } from '../../shared/engine/changeCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { replyWith } from '../../shared/graph/replies/reply.js'
import { groupSchemas } from '../../shared/graph/replies/resources.js'
import {
  readAudioRoutingGroupId,
  updateAudioRoutingGroupBody,
} from '../../shared/graph/requests/audioRoutingGroupBody.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'audio-routing-group-update',
  summary: 'Changes an audio routing group',
  method: 'PATCH',
  path: 'calls/{callId}/audioRoutingGroups/{audioRoutingGroupId}',
  permissions: [{ anyOf: [JOIN_GROUP_CALL, INITIATE_GROUP_CALL] }],
  body: updateAudioRoutingGroupBody,
  example: { receivers: ['0e7a2a0e-3a1b-4e0f-8f5e-6a1d8f0b2c22'] },
  replies: replyWith(200, groupSchemas),
  handle: async function updateAudioRoutingGroup({ service, callId, parameters, body, authorize, request }) {
    const id = readAudioRoutingGroupId(parameters.audioRoutingGroupId)
    const command = { type: 'updateAudioRoutingGroup', id, changes: body } as const
    const { call, dialect } = await changeCall(service, callId, command, { authorize, request })
    return dialects[dialect].replyToGetAudioRoutingGroup(call, requireAudioRoutingGroup(call, id))
  },
})
