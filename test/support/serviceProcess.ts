import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startAzurite } from '../../local-host/azurite.js'
import { appendRunLog } from './runLogs.js'

/** Two seconds on a quiet machine. */
const START_TIMEOUT_MS = 120_000

// The built service as a process, on an Azurite. serviceFixture.ts has the service in memory.

/** A process that runs the service. */
export interface RunningHost {
  readonly baseUrl: string
  /** The id of its process; another one after a restart. */
  readonly pid: number
  /** Returns everything that the process has printed. */
  readonly log: () => string
  /** Kills the process with SIGKILL, as a crash does. The storage stays. */
  kill(): Promise<void>
  /** Starts another process on the same storage and the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface RunningService extends RunningHost {
  /** The connection string of the service's storage. */
  readonly storage: string
  /** The directory of the service's keys, and with `--https` of its certificates. */
  readonly keys: string
  /** Starts another process on the same storage, with the same keys. */
  startAnother(): Promise<RunningHost>
}

/**
 * The polling interval of host.json, as in a deployed service. With the shorter one of `npm start`, an idle service and
 * its storage take 7 % of a core, and the integration tests start dozens of them.
 */
export const DEPLOYED_POLLING = { AzureFunctionsJobHost__extensions__queues__maxPollingInterval: '00:00:02' }

/**
 * Starts the built service as a process, on an Azurite that only it uses, both on free ports.
 *
 * @param rewriteConnectionString lets a proxy of the test stand between the service and its storage
 * @param args the arguments behind `npm start --`
 * @param app the folder with host.json and dist; by default the repository's
 */
export async function startService(
  settings: Record<string, string> = {},
  rewriteConnectionString: (storage: string) => string = (storage) => storage,
  args: readonly string[] = [],
  app = '.',
): Promise<RunningService> {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-storage-'))
  const azurite = await startAzurite({ directory })
  const stopAzurite = async () => {
    await azurite.stop()
    await rm(directory, { recursive: true })
  }
  const storage = azurite.connectionString()
  const settingsWithStorage = { CALLS_STORAGE: rewriteConnectionString(storage), ...settings }
  const service = await startServiceOn(storage, settingsWithStorage, args, app).catch(async (error: unknown) => {
    await stopAzurite()
    throw error
  })
  return {
    ...service,
    stop: async () => {
      await service.stop()
      await stopAzurite()
    },
  }
}

/** Starts the built service as a process, on a storage that already runs. */
export async function startServiceOn(
  storage: string,
  settings: Record<string, string> = {},
  args: readonly string[] = [],
  app = '.',
): Promise<RunningService> {
  const keys = await mkdtemp(join(tmpdir(), 'ringback-keys-'))
  const env = { SIMULATOR_ANSWER_AFTER_MS: '50', KEYS_DIRECTORY: keys, CALLS_STORAGE: storage, ...settings }
  const host = await startHost(env, args, app)
  return {
    ...host,
    storage,
    keys,
    startAnother: () => startHost(env, args, app),
    stop: async () => {
      await host.stop()
      await rm(keys, { recursive: true })
    },
  }
}

async function startHost(env: Record<string, string>, args: readonly string[], app: string): Promise<RunningHost> {
  let running = await launch({ PORT: '0', ...env }, args, app)
  const { baseUrl } = running
  return {
    baseUrl,
    get pid() {
      return running.child.pid ?? 0
    },
    log: () => running.log(),
    kill: () => end(running.child, 'SIGKILL'),
    restart: async () => {
      running = await launch({ ...env, PORT: new URL(baseUrl).port }, args, app)
    },
    stop: () => end(running.child, 'SIGTERM'),
  }
}

async function launch(
  env: Record<string, string>,
  args: readonly string[],
  app: string,
): Promise<{ child: ChildProcess; baseUrl: string; log: () => string }> {
  const child = spawn(process.execPath, ['--enable-source-maps', resolve('dist/local-host/start.js'), ...args], {
    cwd: app,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      appendRunLog(String(child.pid), text)
    })
  }
  const deadline = AbortSignal.timeout(START_TIMEOUT_MS)
  while (!/^ready$/m.test(printed)) {
    if (child.exitCode !== null || deadline.aborted) throw new Error(`the service did not start:\n${printed}`)
    await Promise.race([once(child.stdout, 'data', { signal: deadline }), once(child, 'exit', { signal: deadline })])
  }
  const baseUrl = /https?:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? ''
  return { child, baseUrl, log: () => printed }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}
