import { WRITE_BOTS } from '../../shared/auth/permissions.js'
import { notFound } from '../../shared/graph/errors.js'
import { readGuid } from '../../shared/graph/ids.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'bot-get',
  method: 'GET',
  path: 'bots/{applicationId}',
  permissions: [WRITE_BOTS],
  handle: async function getBot({ service, parameters }) {
    const bot = await service.bots.read(readGuid(parameters.applicationId ?? '', 'applicationId'))
    if (!bot) throw notFound('No bot is registered under this application id.')
    return { status: 200, body: bot }
  },
})
