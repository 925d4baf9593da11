import type { Call, Decision, RuleContext } from '../call.js'
import type { ConfigureMixerCommand } from '../commands.js'
import { createOperation, startTimedOperation } from '../operation.js'
import { requireKnownParticipant } from '../roster.js'
import { updateCall } from '../updates.js'

/**
 * Sets whom the participants hear. No audio is mixed, so the operation completes at once and nothing is stored.
 *
 * @throws CallError when a named participant is not in the call
 */
export function configureMixer(call: Call, command: ConfigureMixerCommand, context: RuleContext): Decision {
  for (const [index, { participant, sourceLevels }] of command.participantMixerLevels.entries()) {
    const path = `participantMixerLevels[${index}]`
    requireKnownParticipant(call, participant, `${path}.participant`)
    for (const [sourceIndex, source] of sourceLevels.entries()) {
      requireKnownParticipant(call, source.participant, `${path}.sourceLevels[${sourceIndex}].participant`)
    }
  }
  const operation = createOperation('configureMixer', command, context)
  return { call: startTimedOperation(updateCall(call), operation, 0), operations: [operation], events: [] }
}
