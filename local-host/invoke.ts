import { randomBytes, randomUUID } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import type { CoreInvocationContext, FunctionsCore, RegisteredFunction, RpcTypedData } from './functionsCore.js'
import { describeError, type Log } from './log.js'

/** The data that a trigger passes to its function. */
interface InvocationRequest {
  invocationId?: string
  input: RpcTypedData
  triggerMetadata?: Record<string, RpcTypedData>
  /** True for GET and HEAD, which send no queue message. */
  isRead?: boolean
  /** W3C trace context of the caller; without it the invocation starts a new trace. */
  traceParent?: string
}

/** Runs a function once. Resolves to the return value of its handler; rejects with the error that the handler threw. */
export type Invoke = (fn: RegisteredFunction, request: InvocationRequest) => Promise<unknown>

/**
 * Creates the `invoke` of a host. It logs a failure, so a trigger only decides how to continue, and emits `end` on
 * `invocations` after each invocation that may have sent a queue message.
 */
export function createInvoke(core: FunctionsCore, log: Log, invocations: EventEmitter): Invoke {
  return async (fn, request) => {
    const invocationId = request.invocationId ?? randomUUID()
    log('debug', fn.name, `Executing (Id=${invocationId})`)
    try {
      const result = await runInvocation(core, fn, { ...request, invocationId }, log)
      log('debug', fn.name, `Executed (Succeeded, Id=${invocationId})`)
      return result
    } catch (error) {
      log('error', fn.name, `Executed (Failed, Id=${invocationId}): ${describeError(error)}`)
      throw error
    } finally {
      if (!request.isRead) invocations.emit('end')
    }
  }
}

/** Runs the steps of one invocation in the worker's order (azure-functions-nodejs-worker, InvocationHandler.ts). */
async function runInvocation(
  core: FunctionsCore,
  fn: RegisteredFunction,
  request: InvocationRequest & { invocationId: string },
  log: Log,
): Promise<unknown> {
  if (!core.model) throw new Error('The app has not set a programming model: it must import @azure/functions.')
  const coreContext = toCoreContext(fn, request, log)
  const invocation = core.model.getInvocationModel(coreContext)
  const { context, inputs } = await invocation.getArguments()
  const sharedHookContext = { hookData: {}, appHookData: core.appHookData, invocationContext: context }

  coreContext.state = 'preInvocationHooks'
  const before = { ...sharedHookContext, inputs, functionCallback: fn.handler }
  await core.runHooks('preInvocation', before)

  coreContext.state = 'invocation'
  const after = { ...sharedHookContext, inputs: before.inputs, result: null as unknown, error: null as unknown }
  try {
    after.result = await invocation.invokeFunction(context, before.inputs, before.functionCallback)
  } catch (error) {
    after.error = error
  }

  coreContext.state = 'postInvocationHooks'
  await core.runHooks('postInvocation', after)
  coreContext.state = undefined

  // A thrown null or undefined counts as success, any other value as failure (azure-functions-nodejs-worker, isError).
  if (after.error !== null && after.error !== undefined) throw after.error
  await invocation.getResponse(context, after.result)
  return after.result
}

function toCoreContext(
  fn: RegisteredFunction,
  request: InvocationRequest & { invocationId: string },
  log: Log,
): CoreInvocationContext {
  const { invocationId, input, triggerMetadata = {}, traceParent = createTraceParent() } = request
  return {
    invocationId,
    request: {
      invocationId,
      inputData: [{ name: fn.trigger.name, data: input }],
      triggerMetadata,
      traceContext: { traceParent, traceState: '', attributes: {} },
    },
    metadata: { name: fn.name, bindings: fn.bindings },
    state: undefined,
    log: (level, _category, text) => log(level, fn.name, text),
  }
}

/** https://www.w3.org/TR/trace-context/#traceparent-header */
function createTraceParent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`
}
