import { INSPECT } from '../../shared/auth/permissions.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import type { RefusalList } from '../../shared/inspection/views.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-refusal-list',
  method: 'GET',
  path: 'inspector/refusals',
  permissions: [INSPECT],
  isEnabled: isInspectorEnabled,
  handle: async function listRefusals({ service }) {
    return { status: 200, body: { refusals: service.eventLog?.listRefusals() ?? [] } satisfies RefusalList }
  },
})
