import { WRITE_BOTS } from '../../shared/auth/permissions.js'
import { readGuid } from '../../shared/graph/ids.js'
import { botReply } from '../../shared/graph/replies/operator.js'
import { botBody } from '../../shared/graph/requests/botBody.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'bot-put',
  summary: 'Registers a bot, so that it can be called',
  method: 'PUT',
  path: 'bots/{applicationId}',
  permissions: [WRITE_BOTS],
  body: botBody,
  example: {
    displayName: 'My bot',
    tenantId: '2432b57b-0abd-43db-aa7b-16eadd115d34',
    callingWebhook: 'http://localhost:3978/api/calls',
    dialect: 'app',
    maxAttempts: 5,
    onDeadLetter: 'skip',
  },
  replies: { 200: botReply, 201: botReply },
  handle: async function putBot({ service, parameters, body }) {
    const applicationId = readGuid(parameters.applicationId ?? '', 'applicationId')
    await service.callbackUrlPolicy.check(body.callingWebhook, 'callingWebhook')
    const bot = { applicationId, ...body }
    const isNew = await service.bots.put(bot)
    return { status: isNew ? 201 : 200, body: bot }
  },
})
