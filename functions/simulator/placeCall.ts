import { CONTROL_SIMULATOR } from '../../shared/auth/permissions.js'
import { createCall } from '../../shared/engine/changeCall.js'
import { notRegistered } from '../../shared/graph/errors.js'
import { createdReply } from '../../shared/graph/replies/operator.js'
import { placeCallBody } from '../../shared/graph/requests/simulatorBodies.js'
import { toIdentity } from '../../shared/graph/requests/types.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { addDirectoryDetails } from '../../shared/simulator/people.js'

registerEndpoint({
  name: 'simulator-call-place',
  summary: 'A person calls a bot',
  method: 'POST',
  path: 'simulator/calls',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  body: placeCallBody,
  example: {
    to: { application: { id: '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11' } },
    from: { user: { id: 'megan', displayName: 'Megan Bowen' } },
    requestedModalities: ['audio', 'video'],
    subject: 'Help',
  },
  replies: { 201: createdReply },
  handle: async function placeCall({ service, body, request }) {
    const { to, from, ...details } = body
    const applicationId = to.application.id
    const bot = await service.bots.read(applicationId)
    if (!bot) {
      throw notRegistered(
        `to.application.id: no bot is registered as ${applicationId}; PUT /bots/${applicationId} first.`,
      )
    }
    const command = {
      ...details,
      type: 'incoming',
      id: service.newId(),
      applicationId,
      tenantId: bot.tenantId,
      callbackUri: bot.callingWebhook,
      from: addDirectoryDetails({ identity: from }),
      to: to.applicationInstance
        ? toIdentity({ kind: 'applicationInstance', ...to.applicationInstance })
        : { kind: 'application' as const, id: applicationId, displayName: bot.displayName },
    } as const
    const { call } = await createCall(service, command, bot.dialect, request)
    return { status: 201, body: { id: call.id } }
  },
})
