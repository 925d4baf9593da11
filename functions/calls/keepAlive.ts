import { changeCall } from '../../shared/engine/changeCall.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'call-keep-alive',
  summary: 'Keeps a call from ending by itself',
  method: 'POST',
  path: 'calls/{callId}',
  action: 'keepAlive',
  permissions: [],
  replies: { 200: null },
  handle: async function keepCallAlive({ service, callId, authorize, request }) {
    await changeCall(service, callId, { type: 'keepAlive' }, { authorize, request })
    return { status: 200 }
  },
})
