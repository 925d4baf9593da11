import { WRITE_DELIVERIES } from '../../shared/auth/permissions.js'
import { readNumber } from '../../shared/graph/requests/inspectorQueries.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { readNotification, resendNotification } from '../../shared/inspector/notifications.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-notification-resend',
  method: 'POST',
  path: 'inspector/calls/{callId}/notifications/{sequence}/resend',
  permissions: [WRITE_DELIVERIES],
  isEnabled: isInspectorEnabled,
  handle: async function resendInspectedNotification({ service, callId, parameters }) {
    const sequence = readNumber(parameters.sequence, 'sequence')
    const notification = await readNotification(service.calls, callId, sequence)
    return { status: 200, body: await resendNotification(service, callId, notification) }
  },
})
