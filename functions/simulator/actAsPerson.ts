import { CONTROL_SIMULATOR } from '../../shared/auth/permissions.js'
import { actAsPerson } from '../../shared/engine/actAsPerson.js'
import { personActionBody, readPersonId } from '../../shared/graph/requests/simulatorBodies.js'
import { registerEndpoint } from '../../shared/http/registerEndpoint.js'
import { PERSON_ACTIONS, type PersonAction } from '../../shared/simulator/people.js'

registerEndpoint({
  name: 'simulator-person-act',
  method: 'POST',
  path: `simulator/people/{userId}/{action:${Object.keys(PERSON_ACTIONS).join('|')}}`,
  permissions: [CONTROL_SIMULATOR],
  isEnabled: ({ SIMULATOR }) => SIMULATOR,
  body: personActionBody,
  handle: async function actAsSimulatedPerson({ service, parameters, body }) {
    const { userId, action = '' } = parameters
    const personId = readPersonId(userId, body)
    const command = { type: PERSON_ACTIONS[action.toLowerCase() as PersonAction], personId } as const
    return { status: 200, body: { callId: await actAsPerson(service, command, body.callId) } }
  },
})
