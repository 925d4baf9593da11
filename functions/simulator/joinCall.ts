import { CONTROL_SIMULATOR } from '../../shared/auth/permissions.js'
import { changeCall, noAuthorization } from '../../shared/engine/changeCall.js'
import { createdReply } from '../../shared/graph/replies/operator.js'
import { joinBody } from '../../shared/graph/requests/simulatorBodies.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'simulator-call-join',
  summary: 'A person joins a group call or a meeting',
  method: 'POST',
  path: 'simulator/calls/{callId}/participants',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  body: joinBody,
  example: { identity: { user: { id: 'megan', displayName: 'Megan Bowen' } } },
  replies: { 201: createdReply },
  handle: async function joinCall({ service, callId, body }) {
    const command = { type: 'personJoins', info: { identity: body.identity }, isInLobby: body.isInLobby } as const
    const { call } = await changeCall(service, callId, command, noAuthorization)
    return { status: 201, body: { id: call.participants.at(-1)?.id } }
  },
})
