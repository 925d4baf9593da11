import { changeCall } from '../../shared/changeCall.js'
import { rejectBody } from '../../shared/graph/bodies/rejectBody.js'
import { graphFunction } from '../../shared/graphFunction.js'

graphFunction({
  name: 'call-reject',
  method: 'POST',
  path: 'calls/{callId}',
  action: 'reject',
  permissions: [],
  body: rejectBody,
  async handle({ service, callId, body, authorize, request }) {
    if (body.callbackUri !== undefined) await service.callbackAddresses.check(body.callbackUri, 'callbackUri')
    await changeCall(service, callId, { type: 'reject', ...body }, authorize, request)
    return { status: 202 }
  },
})
