import type { Call, Decision, RuleContext } from './call.js'
import type { IncomingCommand } from './commands.js'

/** A person calls a bot, which has `answerTimeoutMs` to answer. */
export function createIncomingCall(command: IncomingCommand, context: RuleContext): Decision {
  const { id, applicationId, tenantId, callbackUri, requestedModalities, subject } = command
  const call: Call = {
    id,
    applicationId,
    tenantId,
    direction: 'incoming',
    state: 'incoming',
    isGroup: false,
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
    ringTimeoutMs: context.ringTimeoutMs,
    participants: [],
    ringing: [],
    operations: [],
    timers: [{ id: 'answerDeadline', at: context.now + context.answerTimeoutMs, command: { type: 'answerTimedOut' } }],
    lastSourceId: 0,
    createdAt: context.now,
  }
  return { call, operations: [], events: [{ type: 'incoming', call }] }
}
