import { graphFunction } from '../../shared/graphFunction.js'
import { readCall } from '../../shared/readCall.js'

graphFunction({
  name: 'call-get',
  method: 'GET',
  path: 'calls/{callId}',
  permissions: [],
  async handle({ service, callId, authorize }) {
    const { call, dialect } = await readCall(service, callId, authorize)
    return { status: 200, body: dialect.call(call) }
  },
})
