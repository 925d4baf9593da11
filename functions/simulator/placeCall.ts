import { CONTROL_SIMULATOR } from '../../shared/auth/permissions.js'
import { createCall } from '../../shared/engine/changeCall.js'
import { notRegistered } from '../../shared/graph/errors.js'
import { placeCallBody } from '../../shared/graph/requests/simulatorBodies.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { addDirectoryDetails } from '../../shared/simulator/people.js'

registerEndpoint({
  name: 'simulator-call-place',
  method: 'POST',
  path: 'simulator/calls',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  body: placeCallBody,
  handle: async function placeCall({ service, body, request }) {
    const applicationId = body.to.application.id
    const bot = await service.bots.read(applicationId)
    if (!bot) {
      throw notRegistered(
        `to.application.id: no bot is registered as ${applicationId}; PUT /bots/${applicationId} first.`,
      )
    }
    const command = {
      type: 'incoming',
      id: service.newId(),
      applicationId,
      applicationName: bot.displayName,
      tenantId: bot.tenantId,
      callbackUri: bot.callingWebhook,
      from: addDirectoryDetails({ identity: { kind: 'user' as const, ...body.from.user } }),
      requestedModalities: body.requestedModalities,
      subject: body.subject,
    } as const
    const { call } = await createCall(service, command, bot.dialect, request)
    return { status: 201, body: { id: call.id } }
  },
})
