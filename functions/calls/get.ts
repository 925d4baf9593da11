import { readCall } from '../../shared/engine/readCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'call-get',
  method: 'GET',
  path: 'calls/{callId}',
  permissions: [],
  handle: async function getCall({ service, callId, authorize }) {
    const { call, dialect } = await readCall(service, callId, authorize)
    return dialects[dialect].replyToGetCall(call)
  },
})
