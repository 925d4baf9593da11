import { INITIATE_GROUP_CALL, JOIN_GROUP_CALL } from '../../shared/auth/permissions.js'
import { readCall } from '../../shared/engine/readCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { replyWith } from '../../shared/graph/replies/reply.js'
import { groupListSchemas } from '../../shared/graph/replies/resources.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'audio-routing-group-list',
  summary: 'Lists the audio routing groups',
  method: 'GET',
  path: 'calls/{callId}/audioRoutingGroups',
  permissions: [{ anyOf: [JOIN_GROUP_CALL, INITIATE_GROUP_CALL] }],
  replies: replyWith(200, groupListSchemas),
  handle: async function listAudioRoutingGroups({ service, callId, authorize }) {
    const { call, dialect } = await readCall(service, callId, authorize)
    return dialects[dialect].replyToListAudioRoutingGroups(call, call.audioRoutingGroups ?? [])
  },
})
