import { changeCall } from '../../shared/changeCall.js'
import { graphFunction } from '../../shared/graphFunction.js'

graphFunction({
  name: 'call-delete',
  method: 'DELETE',
  path: 'calls/{callId}',
  permissions: [],
  async handle({ service, callId, authorize }) {
    await changeCall(service, callId, { type: 'hangUp' }, authorize)
    return { status: 204 }
  },
})
