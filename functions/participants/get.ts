import { rosterOf } from '../../shared/graph/dialects/dialect.js'
import { notFound } from '../../shared/graph/errors.js'
import { graphFunction } from '../../shared/graphFunction.js'
import { readGuid } from '../../shared/handleRequest.js'
import { readCall } from '../../shared/readCall.js'

graphFunction({
  name: 'participant-get',
  method: 'GET',
  path: 'calls/{callId}/participants/{participantId}',
  permissions: [],
  async handle({ service, callId, parameters, authorize }) {
    const participantId = readGuid(parameters.participantId ?? '', 'participantId')
    const { call, dialect } = await readCall(service, callId, authorize)
    const participant = rosterOf(call).find(({ id }) => id === participantId)
    if (!participant) throw notFound('Participant not found.')
    return { status: 200, body: dialect.participant(call, participant) }
  },
})
