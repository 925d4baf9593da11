import { CONTROL_SIMULATOR } from '../../shared/auth/permissions.js'
import { changeCall, noAuthorization } from '../../shared/engine/changeCall.js'
import { joinBody } from '../../shared/graph/requests/simulatorBodies.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'simulator-call-join',
  method: 'POST',
  path: 'simulator/calls/{callId}/participants',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  body: joinBody,
  handle: async function joinCall({ service, callId, body }) {
    const command = { type: 'personJoins', info: { identity: body.identity }, isInLobby: body.isInLobby } as const
    const { call } = await changeCall(service, callId, command, noAuthorization)
    return { status: 201, body: { id: call.participants.at(-1)?.id } }
  },
})
