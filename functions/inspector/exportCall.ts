import { INSPECT } from '../../shared/auth/permissions.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { exportCall } from '../../shared/inspector/callExport.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-call-export',
  method: 'GET',
  path: 'inspector/calls/{callId}/export',
  permissions: [INSPECT],
  isEnabled: isInspectorEnabled,
  handle: async function exportInspectedCall({ service, callId }) {
    return { status: 200, body: await exportCall(service, callId) }
  },
})
