import { INITIATE_GROUP_CALL, JOIN_GROUP_CALL } from '../../shared/auth/permissions.js'
import { readCall } from '../../shared/engine/readCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'audio-routing-group-list',
  method: 'GET',
  path: 'calls/{callId}/audioRoutingGroups',
  permissions: [{ anyOf: [JOIN_GROUP_CALL, INITIATE_GROUP_CALL] }],
  handle: async function listAudioRoutingGroups({ service, callId, authorize }) {
    const { call, dialect } = await readCall(service, callId, authorize)
    return dialects[dialect].replyToListAudioRoutingGroups(call, call.audioRoutingGroups ?? [])
  },
})
