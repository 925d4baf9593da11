import { EventEmitter } from 'node:events'
import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ServerOptions } from '../hosting/httpServer.js'
import { toUrlHost } from '../hosting/urlHost.js'
import { explainFileError, UserError } from '../hosting/userError.js'
import { type FunctionsCore, provideFunctionsCore, type RegisteredFunction } from './functionsCore.js'
import { startHttp } from './http.js'
import { createInvoke, type Invoke } from './invoke.js'
import type { Listener } from './listener.js'
import { type Log, printLog } from './log.js'
import { startQueueListener } from './queues.js'
import { type Env, type HostSettings, readHostSettings } from './settings.js'
import { startStreamingServer } from './streamingServer.js'
import { startTimer } from './timers.js'

/** How long `stop` waits for running invocations; an unfinished message is visible again when its lease expires. */
const STOP_TIMEOUT_MS = 10_000
const SUPPORTED_TRIGGERS = ['httpTrigger', 'queueTrigger', 'timerTrigger']

/** Options of a host; `env` holds the app settings, by default the environment variables of this process. */
export interface HostOptions extends ServerOptions {
  /** The directory of the app's package.json and host.json. */
  appDirectory: string
  /** Host names that are served besides `hostname`, loopback names and IP addresses. */
  hostNames?: readonly string[]
  env?: Env
  log?: Log
}

/** A running host. */
export interface Host {
  port: number
  baseUrl: string
  /** Accepts no more work, waits for running invocations (at most ten seconds) and runs the app's terminate hooks. */
  stop(): Promise<void>
}

/**
 * Runs an Azure Functions app in this process. It supports HTTP with streaming, queue and timer triggers; it does not
 * support output bindings, `functionTimeout` and retry policies. A process can run one app, once. The app reads the
 * `process.env` of this process.
 */
export async function startHost({
  appDirectory,
  hostname,
  hostNames = [],
  port,
  tls,
  env = process.env,
  log = printLog,
}: HostOptions): Promise<Host> {
  const settings = await readHostSettings(appDirectory, env)
  const core = provideFunctionsCore(log)
  await loadApp(appDirectory, core)
  for (const fn of core.functions) assertSupported(fn)
  const streaming = await startStreamingServer(async () => (await core.model?.getCapabilities({}))?.HttpUri)

  const invocations = new EventEmitter()
  const invoke = createInvoke(core, log, invocations)
  const functions = core.functions.filter(({ trigger }) => trigger.type === 'httpTrigger')
  const { routePrefix } = settings
  const http = await startHttp({ functions, routePrefix, streaming, hostname, hostNames, port, tls, invoke, log })
  const listeners = [
    http,
    ...core.functions.flatMap((fn) => startListeners(fn, { settings, env, invoke, invocations, log })),
  ]
  return {
    port: http.port,
    baseUrl: `${tls ? 'https' : 'http'}://${toUrlHost(hostname)}:${http.port}`,
    async stop() {
      await Promise.race([Promise.all(listeners.map((listener) => listener.stop())), wait(STOP_TIMEOUT_MS)])
      await core.runHooks('appTerminate', { hookData: {}, appHookData: core.appHookData })
    },
  }
}

/** Imports the app's files and runs its start hooks (azure-functions-nodejs-worker, startApp.ts). */
async function loadApp(appDirectory: string, core: FunctionsCore): Promise<void> {
  const main = await readMain(appDirectory)
  const files = globSync(main, { cwd: appDirectory }).sort()
  if (files.length === 0) {
    throw new UserError(`No file in ${appDirectory} matches "main" of package.json, ${main}. Build the app first.`)
  }
  for (const file of files) await import(pathToFileURL(join(appDirectory, file)).href)
  await core.runHooks('appStart', { hookData: {}, appHookData: core.appHookData, functionAppDirectory: appDirectory })
  core.closeRegistration()
}

async function readMain(appDirectory: string): Promise<string> {
  const file = join(resolve(appDirectory), 'package.json')
  const problem = `Cannot read ${file}. Run the command in the directory of the app.`
  const text = await readFile(file, 'utf8').catch(explainFileError(problem))
  const { main } = JSON.parse(text) as { main?: string }
  if (!main) throw new UserError(`${file} has no "main". Set it to a pattern that matches the app's files.`)
  return main
}

function assertSupported({ name, bindings }: RegisteredFunction): void {
  for (const { type, direction } of Object.values(bindings)) {
    const isSupported = direction === 'in' ? SUPPORTED_TRIGGERS.includes(type) : type === 'http'
    if (!isSupported) {
      throw new UserError(`${name}: the local host does not support the ${direction}put binding '${type}'. Remove it.`)
    }
  }
}

interface ListenerOptions {
  settings: HostSettings
  env: Env
  invoke: Invoke
  invocations: EventEmitter
  log: Log
}

/** Starts the listener of a queue or timer trigger; all HTTP functions share one server. */
function startListeners(fn: RegisteredFunction, options: ListenerOptions): Listener[] {
  if (fn.trigger.type === 'queueTrigger') {
    return [startQueueListener({ ...options, fn, settings: options.settings.queues })]
  }
  if (fn.trigger.type === 'timerTrigger') return [startTimer({ fn, invoke: options.invoke, log: options.log })]
  return []
}

/** Does not keep the process running. */
function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref())
}
