import { WRITE_BOTS } from '../../shared/access/permissions.js'
import { botBody } from '../../shared/graph/bodies/botBody.js'
import { httpFunction } from '../../shared/graphFunction.js'
import { readGuid } from '../../shared/handleRequest.js'

httpFunction({
  name: 'bot-put',
  method: 'PUT',
  path: 'bots/{applicationId}',
  permissions: [WRITE_BOTS],
  body: botBody,
  async handle({ service, parameters, body }) {
    const applicationId = readGuid(parameters.applicationId ?? '', 'applicationId')
    await service.callbackAddresses.check(body.callingWebhook, 'callingWebhook')
    const bot = { applicationId, ...body }
    const isNew = await service.bots.put(bot)
    return { status: isNew ? 201 : 200, body: bot }
  },
})
