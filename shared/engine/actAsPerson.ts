import type { Command, PersonCommand, PersonPressesCommand } from '../calls/commands.js'
import { CallError, InOtherCall } from '../calls/errors.js'
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
 * Acts in a call, or in the call that the person is in, if the first one only shows them.
 *
 * @param visited the calls that only show them: while a person changes calls, two may name each other
 */
async function actInCall(
  deps: CommitDependencies,
  callId: string,
  newCommand: () => Command | BuildCommand,
  visited: readonly string[] = [],
): Promise<string> {
  try {
    await changeCall(deps, callId, newCommand(), noAuthorization)
    return callId
  } catch (error) {
    const known = [...visited, callId]
    if (!(error instanceof InOtherCall) || known.includes(error.callId)) throw error
    return actInCall(deps, error.callId, newCommand, known)
  }
}

/**
 * Carries out the command of a simulated person in the given call, or else in the newest call that allows it.
 *
 * @param newCommand returns the command for one call, or a function that builds it
 * @returns the id of the call, which may be that of another application in the same meeting
 * @throws GraphError 404 when no call is given and none allows it
 */
export async function actInCallOfPerson(
  deps: CommitDependencies,
  personId: string,
  callId: string | undefined,
  newCommand: () => Command | BuildCommand,
): Promise<string> {
  if (callId !== undefined) return actInCall(deps, callId, newCommand)
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
