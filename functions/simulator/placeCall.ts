import { CONTROL_SIMULATOR } from '../../shared/access/permissions.js'
import { createCall } from '../../shared/changeCall.js'
import { placeCallBody } from '../../shared/graph/bodies/simulatorBodies.js'
import { notRegistered } from '../../shared/graph/errors.js'
import { httpFunction } from '../../shared/graphFunction.js'
import { describe } from '../../shared/simulator/people.js'

httpFunction({
  name: 'simulator-call-place',
  method: 'POST',
  path: 'simulator/calls',
  permissions: [CONTROL_SIMULATOR],
  enabled: ({ SIMULATOR }) => SIMULATOR,
  body: placeCallBody,
  async handle({ service, body, request }) {
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
      from: describe({ identity: { kind: 'user' as const, ...body.from.user } }),
      requestedModalities: body.requestedModalities,
      subject: body.subject,
    } as const
    const { call } = await createCall(service, command, bot.dialect, request)
    return { status: 201, body: { id: call.id } }
  },
})
