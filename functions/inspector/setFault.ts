import { CONTROL_SIMULATOR } from '../../shared/auth/permissions.js'
import { callbackFaultBody } from '../../shared/graph/requests/callbackFaultBody.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { readBot } from '../../shared/inspector/bots.js'
import { hasCallbackFaults } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-fault-put',
  method: 'PUT',
  path: 'inspector/bots/{applicationId}/fault',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: hasCallbackFaults,
  body: callbackFaultBody,
  handle: async function setCallbackFault({ service, parameters, body }) {
    const { applicationId } = await readBot(service.bots, parameters.applicationId)
    service.callbackFaults?.set(applicationId, body)
    return { status: 200, body }
  },
})
