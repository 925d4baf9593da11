import { WRITE_BOTS } from '../../shared/access/permissions.js'
import { notFound } from '../../shared/graph/errors.js'
import { httpFunction } from '../../shared/graphFunction.js'
import { readGuid } from '../../shared/handleRequest.js'

httpFunction({
  name: 'bot-get',
  method: 'GET',
  path: 'bots/{applicationId}',
  permissions: [WRITE_BOTS],
  async handle({ service, parameters }) {
    const bot = await service.bots.read(readGuid(parameters.applicationId ?? '', 'applicationId'))
    if (!bot) throw notFound('No bot is registered under this application id.')
    return { status: 200, body: bot }
  },
})
