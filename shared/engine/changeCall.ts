import type { Call, Operation, RuleContext } from '../calls/call.js'
import type { Command, CommandType, CreationCommand } from '../calls/commands.js'
import { CallError, callNotFound } from '../calls/errors.js'
import type { DialectName } from '../calls/resources.js'
import { decide, decideCreation, rules } from '../calls/rules.js'
import { silentDecision } from '../calls/updates.js'
import type { ClientRequest, ReadCall } from '../storage/records.js'
import { type ChangedCall, type CommitDependencies, commitChange, type DecideStep } from './commit.js'
import { enterMeeting } from './enterMeeting.js'
import { isRetryOf, readReceiptResult, resolveIdempotentCreate } from './idempotency.js'

/**
 * Builds a command for a call, with work that a rule cannot do. Before that work it may ask the rules for a decision,
 * in order to do nothing for a command that they refuse.
 */
export type BuildCommand = (call: Call, context: RuleContext) => Promise<Command>

export interface ChangeOptions {
  /** Throws when the caller may not change this call. */
  readonly authorize: (call: Call) => void
  /** The idempotency key of the request, if it has one. */
  readonly request?: ClientRequest | undefined
}

/** For commands that no application sends: commands of simulated people and of other calls. */
export const noAuthorization: ChangeOptions = { authorize: () => undefined }

/**
 * Carries out a command: the only way to change a call. When it returns, the change and its notifications are stored. A
 * retried request changes nothing and gets the result of the first one.
 *
 * @param command the command, or a function that builds it; the function is not called for a retried request
 * @throws CallError when the rules refuse the command, RowTooLarge when the call would grow too far; nothing changed
 * @throws TooManyConflicts when other writers were first in every try; nothing changed
 * @throws StorageUnavailable when the outcome is unknown
 */
export async function changeCall(
  deps: CommitDependencies,
  callId: string,
  command: Command | BuildCommand,
  { authorize, request }: ChangeOptions,
): Promise<ChangedCall> {
  const isSameRequest = isRetryOf(deps.clock, request)
  const changed = await commitChange(
    deps,
    callId,
    async (record, context) => {
      if (!record) throw callNotFound()
      authorize(record.call)
      const receipt = record.requests?.findLast(isSameRequest)
      if (receipt) return { ...(await readReceiptResult(deps, record.call, receipt)), isDone: true }
      const built = typeof command === 'function' ? await command(record.call, context) : command
      const decision = decide<CommandType>(record.call, built, context)
      return { ...decision, command: built, isSizeLimited: rules[built.type].mayGrow }
    },
    { request },
  )
  return assertDefined(changed)
}

/** Creates a call. A retried request gets the call that the first one created. Throws as `changeCall` does. */
export async function createCall(
  deps: CommitDependencies,
  command: CreationCommand,
  dialect: DialectName,
  request?: ClientRequest,
): Promise<ChangedCall> {
  const { id, indexRows } = await resolveIdempotentCreate(deps, command, request)
  const meeting = await enterMeeting(deps, { ...command, id })
  // A new id has no call, so none is read. If there is one after all, the commit conflicts, and the next try reads it.
  const noCall: ReadCall = {}
  const read = id === command.id ? noCall : undefined
  const changed = await commitChange(
    deps,
    id,
    async (record, context) => {
      if (record && request) return { ...silentDecision(record.call), isDone: true }
      if (record) throw new Error(`expected the id ${id} of a new call to be unused`)
      const decision = decideCreation<CreationCommand['type']>({ ...command, id, peers: meeting.peers }, context)
      return { ...decision, command, isSizeLimited: true }
    },
    { dialect, request, indexRows: [...indexRows, ...meeting.indexRows], ...(read && { read }) },
  )
  return assertDefined(changed)
}

/**
 * Carries out the command of a timer and removes the timer in the same commit. A timer that is gone or not yet due does
 * nothing. If the rules refuse the command, the timer is removed and nothing else changes.
 *
 * @param read the call, if it was just read
 */
export async function applyTimer(
  deps: CommitDependencies,
  { callId, timer: timerId }: { readonly callId: string; readonly timer: string },
  command: Command,
  read?: ReadCall,
): Promise<void> {
  const decideTimer: DecideStep = async (record, context) => {
    const call = record?.call
    const timer = call?.timers.find(({ id }) => id === timerId)
    if (!call || !timer || timer.at > context.now) return undefined
    const withoutTimer = { ...call, timers: call.timers.filter((other) => other !== timer) }
    try {
      return { ...decide<CommandType>(withoutTimer, command, context), command }
    } catch (error) {
      if (error instanceof CallError) return silentDecision(withoutTimer)
      throw error
    }
  }
  await commitChange(deps, callId, decideTimer, read && { read })
}

/** The operation that the command started. */
export function startedOperation({ operations: [operation] }: Pick<ChangedCall, 'operations'>): Operation {
  if (!operation) throw new Error('expected the command to start an operation')
  return operation
}

function assertDefined(changed: ChangedCall | undefined): ChangedCall {
  if (!changed) throw new Error('expected the decision to be committed')
  return changed
}
