import { INITIATE_GROUP_CALL, JOIN_GROUP_CALL } from '../../shared/auth/permissions.js'
import { changeCall } from '../../shared/engine/changeCall.js'
import { readAudioRoutingGroupId } from '../../shared/graph/requests/audioRoutingGroupBody.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'audio-routing-group-delete',
  summary: 'Deletes an audio routing group',
  method: 'DELETE',
  path: 'calls/{callId}/audioRoutingGroups/{audioRoutingGroupId}',
  permissions: [{ anyOf: [JOIN_GROUP_CALL, INITIATE_GROUP_CALL] }],
  replies: { 204: null },
  handle: async function deleteAudioRoutingGroup({ service, callId, parameters, authorize, request }) {
    const id = readAudioRoutingGroupId(parameters.audioRoutingGroupId)
    await changeCall(service, callId, { type: 'deleteAudioRoutingGroup', id }, { authorize, request })
    return { status: 204 }
  },
})
