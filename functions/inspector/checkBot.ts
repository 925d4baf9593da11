import { WRITE_BOTS } from '../../shared/auth/permissions.js'
import { checkCallback } from '../../shared/delivery/doctor.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { readBot } from '../../shared/inspector/bots.js'
import { isInspectorEnabled } from '../../shared/service/config.js'

registerEndpoint({
  name: 'inspector-bot-check',
  method: 'POST',
  path: 'inspector/bots/{applicationId}/doctor',
  permissions: [WRITE_BOTS],
  isEnabled: isInspectorEnabled,
  handle: async function checkBot({ service, parameters }) {
    return { status: 200, body: await checkCallback(service, await readBot(service.bots, parameters.applicationId)) }
  },
})
