import type { PersonCommand, PersonPressesCommand } from '../calls/commands.js'
import { CallError } from '../calls/errors.js'
import { notFound } from '../graph/errors.js'
import { changeCall, noAuthorization } from './changeCall.js'
import type { CommitDependencies } from './commit.js'

/**
 * Lets a simulated person act in the given call, or else in the newest call that allows it.
 *
 * @returns the id of the call
 * @throws GraphError 404 when no call is given and none allows it
 */
export async function actAsPerson(
  deps: CommitDependencies,
  command: PersonCommand | PersonPressesCommand,
  callId: string | undefined,
): Promise<string> {
  if (callId !== undefined) {
    await changeCall(deps, callId, command, noAuthorization)
    return callId
  }
  for (const id of await deps.callIndex.listCallsOfPerson(command.personId)) {
    try {
      await changeCall(deps, id, command, noAuthorization)
      return id
    } catch (error) {
      if (!(error instanceof CallError)) throw error
    }
  }
  throw notFound(`userId: ${command.personId} is in no call that allows this.`)
}
