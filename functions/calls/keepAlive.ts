import { changeCall } from '../../shared/changeCall.js'
import { graphFunction } from '../../shared/graphFunction.js'

graphFunction({
  name: 'call-keepalive',
  method: 'POST',
  path: 'calls/{callId}',
  action: 'keepAlive',
  permissions: [],
  async handle({ service, callId, authorize, request }) {
    await changeCall(service, callId, { type: 'keepAlive' }, authorize, request)
    return { status: 200 }
  },
})
