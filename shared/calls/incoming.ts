import type { Call, Decision, RuleContext } from './call.js'
import type { IncomingCommand } from './commands.js'

/** Somebody calls a bot. The bot has `answerWithinMs` to answer. */
export function incoming(_: undefined, command: IncomingCommand, context: RuleContext): Decision {
  const { id, applicationId, tenantId, callbackUri, requestedModalities, subject } = command
  const call: Call = {
    id,
    applicationId,
    tenantId,
    direction: 'incoming',
    state: 'incoming',
    group: false,
    version: 1,
    callbackUri,
    callChainId: context.newId(),
    myParticipantId: context.newId(),
    subject,
    source: command.from,
    targets: [
      {
        region: command.from.region,
        languageId: command.from.languageId,
        identity: { kind: 'application', id: applicationId, displayName: command.applicationName },
      },
    ],
    requestedModalities,
    activeModalities: [],
    ringForMs: context.ringForMs,
    participants: [],
    ringing: [],
    operations: [],
    timers: [
      { id: 'answerDeadline', at: context.now + context.answerWithinMs, command: { type: 'missAnswerDeadline' } },
    ],
    lastSourceId: 0,
    createdAt: context.now,
  }
  return { call, operations: [], announcements: [{ type: 'incoming', call }] }
}
