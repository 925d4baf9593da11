import { WRITE_BOTS } from '../../shared/auth/permissions.js'
import { checkCallback } from '../../shared/delivery/doctor.js'
import { callbackCheckBody } from '../../shared/graph/requests/callbackCheckBody.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-callback-check',
  method: 'POST',
  path: 'inspector/doctor',
  permissions: [WRITE_BOTS],
  isEnabled: isInspectorEnabled,
  body: callbackCheckBody,
  handle: async function checkUnregisteredCallback({ service, body }) {
    return { status: 200, body: await checkCallback(service, body) }
  },
})
