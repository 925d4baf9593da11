import { readCall } from '../../shared/engine/readCall.js'
import { dialects, rosterOf } from '../../shared/graph/dialects/dialects.js'
import { participantListSchemas } from '../../shared/graph/replies/participant.js'
import { replyWith } from '../../shared/graph/replies/reply.js'
import { PARTICIPANT, readSelection, selectProperties, selectQuery } from '../../shared/graph/select.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'participant-list',
  summary: 'Lists the participants',
  method: 'GET',
  path: 'calls/{callId}/participants',
  permissions: [],
  query: selectQuery,
  replies: replyWith(200, participantListSchemas),
  handle: async function listParticipants({ service, callId, query, authorize }) {
    const selection = readSelection(query, PARTICIPANT)
    const { call, dialect } = await readCall(service, callId, authorize)
    const reply = dialects[dialect].replyToListParticipants(call, rosterOf(call, dialect))
    return selectProperties(reply, selection)
  },
})
