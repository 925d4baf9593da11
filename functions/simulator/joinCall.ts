import { CONTROL_SIMULATOR } from '../../shared/access/permissions.js'
import { changeCall } from '../../shared/changeCall.js'
import { joinBody } from '../../shared/graph/bodies/simulatorBodies.js'
import { httpFunction } from '../../shared/graphFunction.js'

httpFunction({
  name: 'simulator-call-join',
  method: 'POST',
  path: 'simulator/calls/{callId}/participants',
  permissions: [CONTROL_SIMULATOR],
  enabled: ({ SIMULATOR }) => SIMULATOR,
  body: joinBody,
  async handle({ service, callId, body }) {
    const command = { type: 'personJoins', info: { identity: body.identity } } as const
    const { call } = await changeCall(service, callId, command, () => undefined)
    return { status: 201, body: { id: call.participants.at(-1)?.id } }
  },
})
