import { ACCESS_MEDIA } from '../../shared/access/permissions.js'
import { changeCall, started } from '../../shared/changeCall.js'
import { actionBody } from '../../shared/graph/bodies/actionBody.js'
import { graphFunction } from '../../shared/graphFunction.js'

graphFunction({
  name: 'call-subscribetotone',
  method: 'POST',
  path: 'calls/{callId}',
  action: 'subscribeToTone',
  permissions: [ACCESS_MEDIA],
  body: actionBody,
  async handle({ service, callId, body, authorize, request }) {
    const changed = await changeCall(service, callId, { type: 'subscribeToTone', ...body }, authorize, request)
    return changed.dialect.operated(changed.call, started(changed))
  },
})
