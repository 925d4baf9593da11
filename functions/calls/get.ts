import { readCall } from '../../shared/engine/readCall.js'
import { dialects } from '../../shared/graph/dialects/dialects.js'
import { CALL, readSelection, selectProperties } from '../../shared/graph/select.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'call-get',
  method: 'GET',
  path: 'calls/{callId}',
  permissions: [],
  handle: async function getCall({ service, callId, query, authorize }) {
    const selection = readSelection(query, CALL)
    const { call, dialect } = await readCall(service, callId, authorize)
    return selectProperties(dialects[dialect].replyToGetCall(call), selection)
  },
})
