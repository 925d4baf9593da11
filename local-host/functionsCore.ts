import Module from 'node:module'
import { UserError } from '../hosting/userError.js'
import type { Log, LogLevel } from './log.js'

/** A value that host and function exchange, as the Functions RPC protocol encodes it. */
export interface RpcTypedData {
  string?: string
  json?: string
  http?: object
}

/** One trigger, input or output of a function, with the options that the app set. */
interface Binding {
  type: string
  direction: 'in' | 'out'
  route?: string
  methods?: string[]
  queueName?: string
  connection?: string
  schedule?: string
}

/** The code of a function as the app registered it: the inputs first, the context last. */
type Handler = (...args: unknown[]) => unknown

/** A function that the app has registered; `bindings` are keyed by name and include the trigger. */
export interface RegisteredFunction {
  name: string
  bindings: Record<string, Binding>
  trigger: Binding & { name: string }
  handler: Handler
}

/** The context of one invocation; the library reads it during the invocation. */
export interface CoreInvocationContext {
  invocationId: string
  request: object
  metadata: object
  state: 'preInvocationHooks' | 'invocation' | 'postInvocationHooks' | undefined
  log(level: LogLevel, category: 'user' | 'system', text: string): void
}

/** The library's part of one invocation. */
interface InvocationModel {
  getArguments(): Promise<{ context: object; inputs: unknown[] }>
  invokeFunction(context: object, inputs: unknown[], handler: Handler): Promise<unknown>
  getResponse(context: object, result: unknown): Promise<object>
}

/** The interface that the library registers with its host. */
interface ProgrammingModel {
  getInvocationModel(context: CoreInvocationContext): InvocationModel
  getCapabilities(capabilities: Record<string, string>): Promise<Record<string, string>>
}

const HOOK_NAMES = ['appStart', 'appTerminate', 'preInvocation', 'postInvocation'] as const
type HookName = (typeof HOOK_NAMES)[number]
type Hook = (context: object) => unknown

/** The functions and hooks that the app has registered. */
export interface FunctionsCore {
  readonly functions: RegisteredFunction[]
  readonly model: ProgrammingModel | undefined
  /** Data that all hooks of the app share. */
  readonly appHookData: Record<string, unknown>
  /** Runs the hooks with this name in the order of their registration. */
  runHooks(name: HookName, context: object): Promise<void>
  /** Makes every later registration fail, as in the real worker (azure-functions-nodejs-worker, registerFunction). */
  closeRegistration(): void
}

/**
 * Provides the module `@azure/functions-core`, through which @azure/functions talks to its host. Must be called before
 * the first import of @azure/functions: the library requires the module once per process and caches the result, even a
 * failure. The real worker replaces `require` in the same way (azure-functions-nodejs-worker, setupCoreModule.ts).
 */
export function provideFunctionsCore(log: Log): FunctionsCore {
  const functions: RegisteredFunction[] = []
  const hooks: { name: HookName; run: Hook }[] = []
  let model: ProgrammingModel | undefined
  let isRegistrationClosed = false

  const coreModule = {
    setProgrammingModel(value: ProgrammingModel) {
      model = value
    },
    registerFunction(metadata: { name: string; bindings: Record<string, Binding> }, handler: Handler) {
      if (isRegistrationClosed) {
        throw new Error(`A function can only be registered during app startup: ${metadata.name}`)
      }
      functions.push(toRegisteredFunction(metadata, handler))
    },
    registerHook(name: HookName, run: Hook) {
      if (!HOOK_NAMES.includes(name)) throw new RangeError(`The local host does not support the hook "${name}".`)
      const hook = { name, run }
      hooks.push(hook)
      return { dispose: () => void hooks.splice(hooks.indexOf(hook), 1) }
    },
    log: (level: LogLevel, _category: string, text: string) => log(level, 'host', text),
  }
  replaceRequire('@azure/functions-core', coreModule)

  return {
    functions,
    get model() {
      return model
    },
    appHookData: {},
    async runHooks(name, context) {
      for (const hook of hooks.filter((candidate) => candidate.name === name)) await hook.run(context)
    },
    closeRegistration() {
      isRegistrationClosed = true
    },
  }
}

function toRegisteredFunction(
  { name, bindings }: { name: string; bindings: Record<string, Binding> },
  handler: Handler,
): RegisteredFunction {
  const [triggerName, trigger] = Object.entries(bindings).find(([, { type }]) => /trigger$/i.test(type)) ?? []
  if (!trigger || !triggerName) throw new UserError(`The function ${name} has no trigger. Register it with one.`)
  return { name, bindings, trigger: { ...trigger, name: triggerName }, handler }
}

function replaceRequire(name: string, exports: object): void {
  const original = Module.prototype.require
  Module.prototype.require = Object.assign(function (this: NodeJS.Module, id: string): unknown {
    return id === name ? exports : original.call(this, id)
  }, original)
}
