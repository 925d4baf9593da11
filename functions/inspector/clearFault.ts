import { CONTROL_SIMULATOR } from '../../shared/auth/permissions.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { readBot } from '../../shared/inspector/bots.js'
import { hasCallbackFaults } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-fault-delete',
  method: 'DELETE',
  path: 'inspector/bots/{applicationId}/fault',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: hasCallbackFaults,
  handle: async function clearCallbackFault({ service, parameters }) {
    const { applicationId } = await readBot(service.bots, parameters.applicationId)
    service.callbackFaults?.clear(applicationId)
    return { status: 204 }
  },
})
