import { readCall } from '../../shared/engine/readCall.js'
import { dialects, rosterOf } from '../../shared/graph/dialects/dialects.js'
import { notFound } from '../../shared/graph/errors.js'
import { readParticipantId } from '../../shared/graph/ids.js'
import { participantSchemas } from '../../shared/graph/replies/participant.js'
import { replyWith } from '../../shared/graph/replies/reply.js'
import { PARTICIPANT, readSelection, selectProperties, selectQuery } from '../../shared/graph/select.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'participant-get',
  summary: 'Reads a participant',
  method: 'GET',
  path: 'calls/{callId}/participants/{participantId}',
  permissions: [],
  query: selectQuery,
  replies: replyWith(200, participantSchemas),
  handle: async function getParticipant({ service, callId, parameters, query, authorize }) {
    const selection = readSelection(query, PARTICIPANT)
    const participantId = readParticipantId(parameters)
    const { call, dialect } = await readCall(service, callId, authorize)
    const participant = rosterOf(call, dialect).find(({ id }) => id === participantId)
    if (!participant) throw notFound('Participant not found.')
    return selectProperties(dialects[dialect].replyToGetParticipant(call, participant), selection)
  },
})
