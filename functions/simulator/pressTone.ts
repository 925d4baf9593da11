import { CONTROL_SIMULATOR } from '../../shared/access/permissions.js'
import { actAsPerson } from '../../shared/actAsPerson.js'
import { pressBody } from '../../shared/graph/bodies/simulatorBodies.js'
import { httpFunction } from '../../shared/graphFunction.js'

httpFunction({
  name: 'simulator-person-press',
  method: 'POST',
  path: 'simulator/people/{userId}/press',
  permissions: [CONTROL_SIMULATOR],
  enabled: ({ SIMULATOR }) => SIMULATOR,
  body: pressBody,
  async handle({ service, parameters, body: { tone, callId } }) {
    const command = { type: 'personPresses', personId: parameters.userId ?? '', tone } as const
    return { status: 200, body: { callId: await actAsPerson(service, command, callId) } }
  },
})
