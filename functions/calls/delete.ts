import { changeCall } from '../../shared/engine/changeCall.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'call-delete',
  method: 'DELETE',
  path: 'calls/{callId}',
  permissions: [],
  handle: async function deleteCall({ service, callId, authorize, request }) {
    await changeCall(service, callId, { type: 'hangUp' }, { authorize, request })
    return { status: 204 }
  },
})
