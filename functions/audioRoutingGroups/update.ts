import { INITIATE_GROUP_CALL, JOIN_GROUP_CALL } from '../../shared/auth/permissions.js'
import { requireAudioRoutingGroup } from '../../shared/calls/operations/audioRoutingGroups.js'
import { changeCall } from '../../shared/engine/changeCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import {
  readAudioRoutingGroupId,
  updateAudioRoutingGroupBody,
} from '../../shared/graph/requests/audioRoutingGroupBody.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'audio-routing-group-update',
  method: 'PATCH',
  path: 'calls/{callId}/audioRoutingGroups/{audioRoutingGroupId}',
  permissions: [{ anyOf: [JOIN_GROUP_CALL, INITIATE_GROUP_CALL] }],
  body: updateAudioRoutingGroupBody,
  handle: async function updateAudioRoutingGroup({ service, callId, parameters, body, authorize, request }) {
    const id = readAudioRoutingGroupId(parameters.audioRoutingGroupId)
    const command = { type: 'updateAudioRoutingGroup', id, changes: body } as const
    const { call, dialect } = await changeCall(service, callId, command, { authorize, request })
    return dialects[dialect].replyToGetAudioRoutingGroup(call, requireAudioRoutingGroup(call, id))
  },
})
