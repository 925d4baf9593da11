import { changeCall } from '../../shared/engine/changeCall.js'
import { rejectBody } from '../../shared/graph/requests/rejectBody.js'
import { registerGraphEndpoint } from '../../shared/http/registerEndpoint.js'

registerGraphEndpoint({
  name: 'call-reject',
  summary: 'Rejects an incoming call',
  method: 'POST',
  path: 'calls/{callId}',
  action: 'reject',
  permissions: [],
  body: rejectBody,
  example: { reason: 'busy' },
  replies: { 202: null },
  handle: async function rejectCall({ service, callId, body, authorize, request }) {
    if (body.callbackUri !== undefined) await service.callbackUrlPolicy.check(body.callbackUri, 'callbackUri')
    await changeCall(service, callId, { type: 'reject', ...body }, { authorize, request })
    return { status: 202 }
  },
})
