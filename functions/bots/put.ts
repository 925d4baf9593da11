import { WRITE_BOTS } from '../../shared/auth/permissions.js'
import { readGuid } from '../../shared/graph/ids.js'
import { botBody } from '../../shared/graph/requests/botBody.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'bot-put',
  method: 'PUT',
  path: 'bots/{applicationId}',
  permissions: [WRITE_BOTS],
  body: botBody,
  handle: async function putBot({ service, parameters, body }) {
    const applicationId = readGuid(parameters.applicationId ?? '', 'applicationId')
    await service.callbackUrlPolicy.check(body.callingWebhook, 'callingWebhook')
    const bot = { applicationId, ...body }
    const isNew = await service.bots.put(bot)
    return { status: isNew ? 201 : 200, body: bot }
  },
})
