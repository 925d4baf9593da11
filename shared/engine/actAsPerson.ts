import type { Command, PersonCommand, PersonPressesCommand } from '../calls/commands.js'
import { CallError } from '../calls/errors.js'
import { notFound } from '../graph/errors.js'
import { type BuildCommand, changeCall, noAuthorization } from './changeCall.js'
import type { CommitDependencies } from './commit.js'

/** Lets a simulated person act. Returns and throws as `actInCallOfPerson` does. */
export const actAsPerson = (
  deps: CommitDependencies,
  command: PersonCommand | PersonPressesCommand,
  callId: string | undefined,
): Promise<string> => actInCallOfPerson(deps, command.personId, callId, () => command)

/**
 * Carries out the command of a simulated person in the given call, or else in the newest call that allows it.
 *
 * @param newCommand returns the command for one call, or a function that builds it
 * @returns the id of the call
 * @throws GraphError 404 when no call is given and none allows it
 */
export async function actInCallOfPerson(
  deps: CommitDependencies,
  personId: string,
  callId: string | undefined,
  newCommand: () => Command | BuildCommand,
): Promise<string> {
  if (callId !== undefined) {
    await changeCall(deps, callId, newCommand(), noAuthorization)
    return callId
  }
  for (const id of await deps.callIndex.listCallsOfPerson(personId)) {
    try {
      await changeCall(deps, id, newCommand(), noAuthorization)
      return id
    } catch (error) {
      if (!(error instanceof CallError)) throw error
    }
  }
  throw notFound(`userId: ${personId} is in no call that allows this.`)
}
