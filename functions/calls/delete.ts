import { changeCall } from '../../shared/engine/changeCall.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'call-delete',
  method: 'DELETE',
  path: 'calls/{callId}',
  permissions: [],
  handle: async function deleteCall({ service, callId, authorize }) {
    await changeCall(service, callId, { type: 'hangUp' }, { authorize })
    return { status: 204 }
  },
})
