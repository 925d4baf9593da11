import { changeCall } from '../../shared/engine/changeCall.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'call-delete',
  summary: 'Hangs up',
  method: 'DELETE',
  path: 'calls/{callId}',
  permissions: [],
  replies: { 204: null },
  handle: async function deleteCall({ service, callId, authorize, request }) {
    await changeCall(service, callId, { type: 'hangUp' }, { authorize, request })
    return { status: 204 }
  },
})
