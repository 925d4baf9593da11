import { INSPECT } from '../../shared/auth/permissions.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { readCallView } from '../../shared/inspector/callView.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-call-get',
  method: 'GET',
  path: 'inspector/calls/{callId}',
  permissions: [INSPECT],
  isEnabled: isInspectorEnabled,
  handle: async function getInspectedCall({ service, callId }) {
    return { status: 200, body: await readCallView(service, callId) }
  },
})
