import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type FunctionsCore, provideFunctionsCore, type RegisteredFunction } from './functionsCore.js'
import { startHttp, type Tls } from './http.js'
import { createInvoke, type Invoke } from './invoke.js'
import type { Listener } from './listener.js'
import { type Log, printLog } from './log.js'
import { startQueueListener } from './queues.js'
import { type Env, type HostSettings, readHostSettings } from './settings.js'
import { startTimer } from './timers.js'

/** How long `stop` waits for running invocations; a queue message that is left comes back when its lease ends. */
const STOP_TIMEOUT = 10_000

/** Options of a host; `env` are the app settings, by default those of this process. */
export interface HostOptions {
  /** The folder of the app's package.json and host.json. */
  appDirectory: string
  hostname: string
  /** 0 takes a free port. */
  port: number
  /** Absent: http. */
  tls?: Tls | undefined
  env?: Env
  log?: Log
}

/** A running host. */
export interface Host {
  port: number
  baseUrl: string
  /** Takes no more work, lets running invocations end (at most ten seconds) and runs the app's terminate hooks. */
  stop(): Promise<void>
}

/**
 * Runs an Azure Functions app in this process: HTTP with streaming, queue and timer triggers, without output bindings,
 * `functionTimeout` and retry policies. A process can host one app, once. The app's own `process.env` is this process's.
 */
export async function startHost({
  appDirectory,
  hostname,
  port,
  tls,
  env = process.env,
  log = printLog,
}: HostOptions): Promise<Host> {
  const settings = await readHostSettings(appDirectory, env)
  const core = provideFunctionsCore(log)
  await loadApp(appDirectory, core)
  for (const fn of core.functions) rejectUnsupported(fn)
  const httpUri = (await core.model?.getCapabilities({}))?.HttpUri

  const invoke = createInvoke(core, log)
  const functions = core.functions.filter(({ trigger }) => trigger.type === 'httpTrigger')
  const { routePrefix } = settings
  const http = await startHttp({ functions, routePrefix, httpUri, hostname, port, tls, invoke, log })
  const listeners = [http, ...startListeners(core.functions, settings, env, invoke, log)]
  return {
    port: http.port,
    baseUrl: `${tls ? 'https' : 'http'}://${urlHost(hostname)}:${http.port}`,
    async stop() {
      await Promise.race([Promise.all(listeners.map((listener) => listener.stop())), timeout(STOP_TIMEOUT)])
      await core.runHooks('appTerminate', { hookData: {}, appHookData: core.appHookData })
    },
  }
}

/** Imports the app's files and runs its start hooks (azure-functions-nodejs-worker, startApp.ts). */
async function loadApp(appDirectory: string, core: FunctionsCore): Promise<void> {
  const { main } = JSON.parse(await readFile(join(appDirectory, 'package.json'), 'utf8')) as { main: string }
  const files = globSync(main, { cwd: appDirectory }).sort()
  if (files.length === 0) throw new Error(`No file in ${appDirectory} matches "main" of package.json: ${main}`)
  for (const file of files) await import(pathToFileURL(join(appDirectory, file)).href)
  await core.runHooks('appStart', { hookData: {}, appHookData: core.appHookData, functionAppDirectory: appDirectory })
  core.closeRegistration()
}

const TRIGGERS = ['httpTrigger', 'queueTrigger', 'timerTrigger']

function rejectUnsupported({ name, bindings }: RegisteredFunction): void {
  for (const { type, direction } of Object.values(bindings)) {
    const supported = direction === 'in' ? TRIGGERS.includes(type) : type === 'http'
    if (!supported) throw new Error(`${name}: the local host does not support the ${direction}put binding '${type}'`)
  }
}

function startListeners(
  functions: RegisteredFunction[],
  settings: HostSettings,
  env: Env,
  invoke: Invoke,
  log: Log,
): Listener[] {
  return functions.flatMap((fn) => {
    if (fn.trigger.type === 'queueTrigger')
      return startQueueListener({ fn, settings: settings.queues, env, invoke, log })
    if (fn.trigger.type === 'timerTrigger') return startTimer({ fn, invoke, log })
    return []
  })
}

/** An address to reach the listener by: a wildcard is none. */
function urlHost(hostname: string): string {
  if (hostname === '0.0.0.0' || hostname === '::') return 'localhost'
  return hostname.includes(':') ? `[${hostname}]` : hostname
}

function timeout(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref())
}
