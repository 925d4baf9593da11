import { readCall } from '../../shared/engine/readCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { callSchemas } from '../../shared/graph/replies/call.js'
import { replyWith } from '../../shared/graph/replies/reply.js'
import { CALL, readSelection, selectProperties, selectQuery } from '../../shared/graph/select.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'call-get',
  summary: 'Reads a call',
  method: 'GET',
  path: 'calls/{callId}',
  permissions: [],
  query: selectQuery,
  replies: replyWith(200, callSchemas),
  handle: async function getCall({ service, callId, query, authorize }) {
    const selection = readSelection(query, CALL)
    const { call, dialect } = await readCall(service, callId, authorize)
    return selectProperties(dialects[dialect].replyToGetCall(call), selection)
  },
})
