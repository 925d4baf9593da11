import { INSPECT } from '../../shared/auth/permissions.js'
import { readNumber } from '../../shared/graph/requests/inspectorQueries.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { readNotification, viewNotification } from '../../shared/inspector/notifications.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-notification-get',
  method: 'GET',
  path: 'inspector/calls/{callId}/notifications/{sequence}',
  permissions: [INSPECT],
  isEnabled: isInspectorEnabled,
  handle: async function getInspectedNotification({ service, callId, parameters }) {
    const sequence = readNumber(parameters.sequence, 'sequence')
    return { status: 200, body: viewNotification(await readNotification(service.calls, callId, sequence)) }
  },
})
