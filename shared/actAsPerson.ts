import type { PersonCommand, PressCommand } from './calls/commands.js'
import { CallError } from './calls/errors.js'
import { anybodysCall, changeCall } from './changeCall.js'
import { notFound } from './graph/errors.js'
import type { Service } from './service.js'

/**
 * Lets somebody do something in the call that is named, or else in the newest one in which they can.
 *
 * @returns the id of the call
 * @throws GraphError 404 when no call is named and they can do it in none
 */
export async function actAsPerson(
  service: Service,
  command: PersonCommand | PressCommand,
  callId: string | undefined,
): Promise<string> {
  if (callId !== undefined) {
    await changeCall(service, callId, command, anybodysCall)
    return callId
  }
  for (const id of await service.callIndex.callsOfPerson(command.personId)) {
    try {
      await changeCall(service, id, command, anybodysCall)
      return id
    } catch (error) {
      if (!(error instanceof CallError)) throw error
    }
  }
  throw notFound(`userId: ${command.personId} is in no call in which this can be done.`)
}
