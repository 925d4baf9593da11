import { rosterOf } from '../../shared/graph/dialects/dialect.js'
import { graphFunction } from '../../shared/graphFunction.js'
import { readCall } from '../../shared/readCall.js'

graphFunction({
  name: 'participant-list',
  method: 'GET',
  path: 'calls/{callId}/participants',
  permissions: [],
  async handle({ service, callId, authorize }) {
    const { call, dialect } = await readCall(service, callId, authorize)
    return { status: 200, body: { value: rosterOf(call).map((one) => dialect.participant(call, one)) } }
  },
})
