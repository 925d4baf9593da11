import type { Call, Decision, RuleContext } from '../../shared/calls/call.js'
import type {
  Command,
  CommandType,
  CreateCommand,
  CreationCommand,
  CreationType,
  IncomingCommand,
} from '../../shared/calls/commands.js'
import type { ParticipantInfo } from '../../shared/calls/resources.js'
import { decide, decideCreation } from '../../shared/calls/rules.js'

// Calls and commands for tests of the rules.

export const participantInfo = (id: string): ParticipantInfo => ({ identity: { kind: 'user', id, displayName: id } })

/** The context of a rule at the time `now`, with counted ids. */
export function contextAt(now = 0, overrides: Partial<RuleContext> = {}): RuleContext {
  let count = 0
  return {
    now,
    newId: () => `id-${now}-${++count}`,
    answerTimeoutMs: 15_000,
    ringTimeoutMs: 25_000,
    promptDurationMs: 500,
    keepAliveTimeoutMs: 45 * 60_000,
    addDirectoryDetails: (info) => info,
    ...overrides,
  }
}

export const incomingCall: IncomingCommand = {
  type: 'incoming',
  id: 'call',
  applicationId: 'bot',
  tenantId: 'tenant',
  callbackUri: 'https://bot.example/webhook',
  from: participantInfo('caller'),
  to: { kind: 'application', id: 'bot', displayName: 'Test BOT' },
  requestedModalities: ['audio', 'video'],
}

export const outgoingCall = (...targets: string[]): CreateCommand => ({
  type: 'create',
  id: 'call',
  applicationId: 'bot',
  tenantId: 'tenant',
  callbackUri: 'https://bot.example/calls',
  source: { identity: { kind: 'application', id: 'bot' } },
  targets: targets.map(participantInfo),
  requestedModalities: ['audio'],
  mediaConfig: { type: 'serviceHosted' },
})

export const meeting = (requestedModalities: CreateCommand['requestedModalities'] = []): CreateCommand => ({
  ...outgoingCall(),
  requestedModalities,
  chatInfo: { threadId: '19:thread' },
  meetingInfo: { type: 'organizer', organizer: { kind: 'user', id: 'organizer' } },
})

export const answer = {
  type: 'answer',
  acceptedModalities: ['audio'],
  mediaConfig: { type: 'serviceHosted' },
} as const satisfies Command

/** Creates a call or applies a command to one. */
export function decideNext(call: Call | undefined, command: Command | CreationCommand, context: RuleContext): Decision {
  if (command.type === 'incoming' || command.type === 'create') return decideCreation<CreationType>(command, context)
  if (!call) throw new Error('expected the first command to create a call')
  return decide<CommandType>(call, command, context)
}

/** Applies commands to a new call, one per second, and returns the call. */
export function applyCommands(...commands: [IncomingCommand | CreateCommand, ...Command[]]): Call {
  let call: Call | undefined
  for (const [index, command] of commands.entries()) call = decideNext(call, command, contextAt(index * 1000)).call
  if (!call) throw new Error('expected at least one command')
  return call
}
