import { changeCall, started } from '../../shared/changeCall.js'
import { actionBody } from '../../shared/graph/bodies/actionBody.js'
import { graphFunction } from '../../shared/graphFunction.js'

graphFunction({
  name: 'call-cancelmediaprocessing',
  method: 'POST',
  path: 'calls/{callId}',
  action: 'cancelMediaProcessing',
  permissions: [],
  body: actionBody,
  async handle({ service, callId, body, authorize, request }) {
    const changed = await changeCall(service, callId, { type: 'cancelMediaProcessing', ...body }, authorize, request)
    return changed.dialect.operated(changed.call, started(changed))
  },
})
