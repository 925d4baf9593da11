import { readCall } from '../../shared/engine/readCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { callSchemas } from '../../shared/graph/replies/call.js'
import { replyWith } from '../../shared/graph/replies/reply.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'call-get',
  summary: 'Reads a call',
  method: 'GET',
  path: 'calls/{callId}',
  permissions: [],
  replies: replyWith(200, callSchemas),
  handle: async function getCall({ service, callId, authorize }) {
    const { call, dialect } = await readCall(service, callId, authorize)
    return dialects[dialect].replyToGetCall(call)
  },
})
