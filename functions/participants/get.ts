import { readCall } from '../../shared/engine/readCall.js'
import { dialects, rosterOf } from '../../shared/graph/dialects/dialects.js'
import { notFound } from '../../shared/graph/errors.js'
import { readParticipantId } from '../../shared/graph/ids.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'participant-get',
  method: 'GET',
  path: 'calls/{callId}/participants/{participantId}',
  permissions: [],
  handle: async function getParticipant({ service, callId, parameters, authorize }) {
    const participantId = readParticipantId(parameters)
    const { call, dialect } = await readCall(service, callId, authorize)
    const participant = rosterOf(call, dialect).find(({ id }) => id === participantId)
    if (!participant) throw notFound('Participant not found.')
    return dialects[dialect].replyToGetParticipant(call, participant)
  },
})
