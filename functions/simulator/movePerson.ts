import { CONTROL_SIMULATOR } from '../../shared/access/permissions.js'
import { CallError } from '../../shared/calls/errors.js'
import { changeCall } from '../../shared/changeCall.js'
import { movePersonBody } from '../../shared/graph/bodies/simulatorBodies.js'
import { notFound } from '../../shared/graph/errors.js'
import { httpFunction } from '../../shared/graphFunction.js'
import type { Service } from '../../shared/service.js'
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
    if (body.callId === undefined) return { status: 200, body: { callId: await moveAnywhere(service, command) } }
    await changeCall(service, body.callId, command, anybodysCall)
    return { status: 200, body: { callId: body.callId } }
  },
})

/** The simulator moves people in every application's calls. */
const anybodysCall = () => undefined

/** Moves somebody in the newest call in which they can do this. */
async function moveAnywhere(
  service: Service,
  command: { type: (typeof personActions)[PersonAction]; personId: string },
): Promise<string> {
  for (const callId of await service.callIndex.callsOfPerson(command.personId)) {
    try {
      await changeCall(service, callId, command, anybodysCall)
      return callId
    } catch (error) {
      if (!(error instanceof CallError)) throw error
    }
  }
  throw notFound(`userId: ${command.personId} is in no call in which this can be done.`)
}
