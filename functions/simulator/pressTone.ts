import { CONTROL_SIMULATOR } from '../../shared/auth/permissions.js'
import { actAsPerson } from '../../shared/engine/actAsPerson.js'
import { actedReply } from '../../shared/graph/replies/operator.js'
import { pressBody, readPersonId } from '../../shared/graph/requests/simulatorBodies.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'

registerEndpoint({
  name: 'simulator-person-press',
  summary: 'A person presses a key',
  method: 'POST',
  path: 'simulator/people/{userId}/press',
  permissions: [CONTROL_SIMULATOR],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  body: pressBody,
  example: { tone: 'tone1' },
  replies: { 200: actedReply },
  handle: async function pressTone({ service, parameters, body }) {
    const personId = readPersonId(parameters.userId, body)
    const command = { type: 'personPresses', personId, tone: body.tone } as const
    return { status: 200, body: { callId: await actAsPerson(service, command, body.callId) } }
  },
})
