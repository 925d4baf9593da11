import { CONTROL_SIMULATOR } from '../../shared/auth/permissions.js'
import { actAsPerson } from '../../shared/engine/actAsPerson.js'
import { actedReply } from '../../shared/graph/replies/operator.js'
import { personActionBody, readPersonId } from '../../shared/graph/requests/simulatorBodies.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { PERSON_ACTIONS, type PersonAction } from '../../shared/simulator/people.js'

registerEndpoint({
  name: 'simulator-person-act',
  summary: 'A person acts',
  method: 'POST',
  path: `simulator/people/{userId}/{action:${Object.keys(PERSON_ACTIONS).join('|')}}`,
  permissions: [CONTROL_SIMULATOR],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  body: personActionBody,
  example: { callId: 'c35c9f6c-f11e-4d8c-a644-b3f27c329d9c' },
  replies: { 200: actedReply },
  handle: async function actAsSimulatedPerson({ service, parameters, body }) {
    const { userId, action = '' } = parameters
    const personId = readPersonId(userId, body)
    const command = { type: PERSON_ACTIONS[action.toLowerCase() as PersonAction], personId } as const
    return { status: 200, body: { callId: await actAsPerson(service, command, body.callId) } }
  },
})
