import { CONTROL_SIMULATOR } from '../../shared/access/permissions.js'
import { actAsPerson } from '../../shared/actAsPerson.js'
import { movePersonBody } from '../../shared/graph/bodies/simulatorBodies.js'
import { httpFunction } from '../../shared/graphFunction.js'
import { type PersonAction, personActions } from '../../shared/simulator/people.js'

httpFunction({
  name: 'simulator-person-move',
  method: 'POST',
  path: `simulator/people/{userId}/{action:${Object.keys(personActions).join('|')}}`,
  permissions: [CONTROL_SIMULATOR],
  enabled: ({ SIMULATOR }) => SIMULATOR,
  body: movePersonBody,
  async handle({ service, parameters, body }) {
    const { userId: personId = '', action = '' } = parameters
    const command = { type: personActions[action.toLowerCase() as PersonAction], personId } as const
    return { status: 200, body: { callId: await actAsPerson(service, command, body.callId) } }
  },
})
