import { WRITE_BOTS } from '../../shared/auth/permissions.js'
import { botReply } from '../../shared/graph/replies/operator.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { readBot } from '../../shared/inspector/bots.js'

registerEndpoint({
  name: 'bot-get',
  summary: 'Reads the registration of a bot',
  method: 'GET',
  path: 'bots/{applicationId}',
  permissions: [WRITE_BOTS],
  replies: { 200: botReply },
  handle: async function getBot({ service, parameters }) {
    return { status: 200, body: await readBot(service.bots, parameters.applicationId) }
  },
})
