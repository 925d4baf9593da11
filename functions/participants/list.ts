import { readCall } from '../../shared/engine/readCall.js'
import { dialects, rosterOf } from '../../shared/graph/dialects/dialects.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'participant-list',
  method: 'GET',
  path: 'calls/{callId}/participants',
  permissions: [],
  handle: async function listParticipants({ service, callId, authorize }) {
    const { call, dialect } = await readCall(service, callId, authorize)
    return dialects[dialect].replyToListParticipants(call, rosterOf(call, dialect))
  },
})
