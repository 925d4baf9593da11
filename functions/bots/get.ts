import { WRITE_BOTS } from '../../shared/auth/permissions.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { readBot } from '../../shared/inspector/bots.js'

registerEndpoint({
  name: 'bot-get',
  method: 'GET',
  path: 'bots/{applicationId}',
  permissions: [WRITE_BOTS],
  handle: async function getBot({ service, parameters }) {
    return { status: 200, body: await readBot(service.bots, parameters.applicationId) }
  },
})
