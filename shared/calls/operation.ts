import type { Call, CallEvent, Decision, Operation, RuleContext, Timer } from './call.js'
import type { OperationFinishedCommand } from './commands.js'
import { COMPLETED } from './endReasons.js'
import { CallError } from './errors.js'

// The life of an operation, whatever its type.

/** A call that ends finishes its operations in one transaction of at most 100 rows, two for each (Azure Tables). */
const MAX_TIMED_OPERATIONS = 5

/** Creates an operation; it is running unless `fields` says otherwise. */
export function createOperation(
  type: Operation['type'],
  { clientContext }: { readonly clientContext?: string },
  { now, newId }: RuleContext,
  fields: Partial<Operation> = {},
): Operation {
  return {
    id: newId(),
    type,
    status: 'running',
    clientContext,
    participants: [],
    joinedCount: 0,
    createdAt: now,
    lastActionAt: now,
    version: 1,
    ...fields,
  }
}

/** Creates an operation that is already completed when its action returns, so it has no event. */
export const completedOperation = (
  type: Operation['type'],
  command: { readonly clientContext?: string },
  context: RuleContext,
): Operation => createOperation(type, command, context, { status: 'completed', resultInfo: COMPLETED })

/**
 * Starts an operation that completes by itself after `durationMs`: a timer finishes it.
 *
 * @throws CallError when too many such operations are running
 */
export function startTimedOperation(call: Call, operation: Operation, durationMs: number): Call {
  const running = call.timers.filter(({ command }) => command.type === 'operationFinished').length
  if (running >= MAX_TIMED_OPERATIONS) {
    throw new CallError('tooManyOperations', `${running} operations are still running; let one of them end first.`)
  }
  const { id, createdAt } = operation
  const timer: Timer = {
    id: `operation:${id}`,
    at: createdAt + durationMs,
    command: { type: 'operationFinished', operationId: id },
  }
  return { ...call, operations: [...call.operations, operation], timers: [...call.timers, timer] }
}

/** The completion reasons of completed operations (Graph: sendDtmfCompletionReason). */
const completionReasons: Partial<Readonly<Record<Operation['type'], string>>> = {
  sendDtmfTones: 'completedSuccessfully',
}

/** The time of an operation is over, so it completes. */
export function operationFinished(
  call: Call,
  { operationId }: OperationFinishedCommand,
  { now }: RuleContext,
): Decision {
  const operations = call.operations
    .filter(({ id }) => id === operationId)
    .map((operation) => ({ ...operation, completionReason: completionReasons[operation.type] }))
    .map((operation) => finishOperation(operation, now, 'completed', COMPLETED))
  const next = { ...removeOperations(call, operations), version: call.version + 1 }
  return { call: next, operations, events: operationEndedEvents(next, operations) }
}

/** Removes the timers that finish these operations. */
export const removeTimersOf = (timers: readonly Timer[], operations: readonly Operation[]): readonly Timer[] =>
  timers.filter(
    ({ command }) => command.type !== 'operationFinished' || !operations.some(({ id }) => id === command.operationId),
  )

/** Removes ended operations from the call. */
export const removeOperations = (call: Call, removed: readonly Operation[]): Call => ({
  ...call,
  operations: call.operations.filter((operation) => !removed.some(({ id }) => id === operation.id)),
})

/** Returns the operation with its final status and result. */
export function finishOperation(
  operation: Operation,
  now: number,
  status: 'completed' | 'failed',
  resultInfo: Operation['resultInfo'],
): Operation {
  return { ...operation, status, resultInfo, lastActionAt: now, version: operation.version + 1 }
}

export const operationEndedEvents = (call: Call, operations: readonly Operation[]): CallEvent[] =>
  operations.map((operation) => ({ type: 'operationEnded', call, operation }))
