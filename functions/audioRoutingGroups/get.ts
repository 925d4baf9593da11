import { INITIATE_GROUP_CALL, JOIN_GROUP_CALL } from '../../shared/auth/permissions.js'
import { requireAudioRoutingGroup } from '../../shared/calls/operations/audioRoutingGroups.js'
import { readCall } from '../../shared/engine/readCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { replyWith } from '../../shared/graph/replies/reply.js'
import { groupSchemas } from '../../shared/graph/replies/resources.js'
import { readAudioRoutingGroupId } from '../../shared/graph/requests/audioRoutingGroupBody.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'audio-routing-group-get',
  summary: 'Reads an audio routing group',
  method: 'GET',
  path: 'calls/{callId}/audioRoutingGroups/{audioRoutingGroupId}',
  permissions: [{ anyOf: [JOIN_GROUP_CALL, INITIATE_GROUP_CALL] }],
  replies: replyWith(200, groupSchemas),
  handle: async function getAudioRoutingGroup({ service, callId, parameters, authorize }) {
    const id = readAudioRoutingGroupId(parameters.audioRoutingGroupId)
    const { call, dialect } = await readCall(service, callId, authorize)
    return dialects[dialect].replyToGetAudioRoutingGroup(call, requireAudioRoutingGroup(call, id))
  },
})
