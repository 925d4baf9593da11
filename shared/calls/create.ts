import type { Call, Decision, RuleContext } from './call.js'
import { withRinging } from './change.js'
import type { CreateCommand } from './commands.js'

/** The bot calls one person, calls several, or joins a meeting, where nobody has to answer. */
export function create(_: undefined, command: CreateCommand, context: RuleContext): Decision {
  const { type: _type, ringForMs = context.ringForMs, ...given } = command
  const joins = command.meetingInfo !== undefined
  const blank: Call = {
    ...given,
    direction: 'outgoing',
    state: 'establishing',
    group: joins || command.targets.length > 1,
    version: 1,
    callChainId: context.newId(),
    myParticipantId: context.newId(),
    activeModalities: [],
    ringForMs,
    participants: [],
    ringing: [],
    operations: [],
    timers: joins ? [{ id: 'connect', at: context.now, command: { type: 'connect' } }] : [],
    lastSourceId: 0,
    createdAt: context.now,
  }
  const call = joins ? blank : withRinging(blank, command.targets, context)
  return { call, operations: [], announcements: [{ type: 'establishing', call }] }
}
