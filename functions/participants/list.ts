import { readCall } from '../../shared/engine/readCall.js'
import { dialects, rosterOf } from '../../shared/graph/dialects/dialects.js'
import { PARTICIPANT, readSelection, selectProperties } from '../../shared/graph/select.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'participant-list',
  method: 'GET',
  path: 'calls/{callId}/participants',
  permissions: [],
  handle: async function listParticipants({ service, callId, query, authorize }) {
    const selection = readSelection(query, PARTICIPANT)
    const { call, dialect } = await readCall(service, callId, authorize)
    const reply = dialects[dialect].replyToListParticipants(call, rosterOf(call, dialect))
    return selectProperties(reply, selection)
  },
})
