import { changeCall } from '../../shared/changeCall.js'
import { checkCallbackAddress } from '../../shared/delivery/callbackAddress.js'
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
    if (body.callbackUri !== undefined) checkCallbackAddress(body.callbackUri, 'callbackUri', service.settings)
    await changeCall(service, callId, { type: 'reject', ...body }, authorize, request)
    return { status: 202 }
  },
})
