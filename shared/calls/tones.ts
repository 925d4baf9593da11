import type { Call, Decision, RuleContext } from './call.js'
import { changed, doneAtOnce } from './change.js'
import type { PressCommand, SubscribeToToneCommand } from './commands.js'
import { presentPerson } from './people.js'

/** The bot wants to be told of the keys that are pressed from now on. To ask again changes nothing. */
export function subscribeToTone(call: Call, command: SubscribeToToneCommand, context: RuleContext): Decision {
  const operation = doneAtOnce('subscribeToTone', command, context)
  return { call: { ...call, lastToneId: call.lastToneId ?? 0 }, operations: [operation], announcements: [] }
}

/** Somebody presses a key of their phone. */
export function personPresses(call: Call, { personId, tone }: PressCommand): Decision {
  presentPerson(call, personId)
  if (call.lastToneId === undefined) return { call, operations: [], announcements: [] }
  const sequenceId = call.lastToneId + 1
  const next = changed(call, { lastToneId: sequenceId })
  return {
    call: next,
    operations: [],
    announcements: [{ type: 'tonePressed', call: next, tone: { sequenceId, tone } }],
  }
}
