import { INITIATE_GROUP_CALL, JOIN_GROUP_CALL } from '../../shared/auth/permissions.js'
import { readCall } from '../../shared/engine/readCall.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'audio-routing-group-list',
  method: 'GET',
  path: 'calls/{callId}/audioRoutingGroups',
  permissions: [{ anyOf: [JOIN_GROUP_CALL, INITIATE_GROUP_CALL] }],
  handle: async function listAudioRoutingGroups({ service, callId, authorize }) {
    // No endpoint creates audio routing groups, so every call has an empty list.
    await readCall(service, callId, authorize)
    return { status: 200, body: { value: [] } }
  },
})
