import { INSPECT } from '../../shared/auth/permissions.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-log-get',
  method: 'GET',
  path: 'inspector/log',
  permissions: [INSPECT],
  isEnabled: isInspectorEnabled,
  handle: async function downloadEventLog({ service }) {
    const content = Buffer.from(service.eventLog?.toNdjson() ?? '')
    return {
      status: 200,
      file: { type: 'application/x-ndjson', content },
      headers: { 'Content-Disposition': 'attachment; filename="ringback.ndjson"' },
    }
  },
})
