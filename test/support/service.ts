import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startAzurite } from '../../local-host/azurite.js'
import { keepLog } from './runLogs.js'

const START_TIMEOUT_MS = 20_000

/** A process that runs the service. */
export interface RunningHost {
  readonly baseUrl: string
  /** Everything that the process has printed. */
  readonly log: () => string
  /** Ends the process as a crash does. The storage stays. */
  kill(): Promise<void>
  /** Starts another process on the same storage and the same port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface RunningService extends RunningHost {
  /** The connection string of its storage. */
  readonly storage: string
  /** Where it keeps its keys, and with https its certificates. */
  readonly keys: string
  /** One more process on the same storage, with the same keys. */
  startAnother(): Promise<RunningHost>
}

/**
 * Starts the built service as a process of its own, on an emulator of its own, both on free ports.
 *
 * @param args what stands behind `npm start --`
 * @param app the folder of what is run; the repository's if nothing is said
 * @param through where the service finds its storage, when something of the test's own lies in between
 */
export async function startService(
  settings: Record<string, string> = {},
  through: (storage: string) => string = (storage) => storage,
  args: readonly string[] = [],
  app = '.',
): Promise<RunningService> {
  const azurite = await startAzurite({})
  const keys = await mkdtemp(join(tmpdir(), 'ringback-keys-'))
  const storage = azurite.connectionString()
  const env = { SIMULATOR_ANSWER_AFTER_MS: '50', KEYS_DIRECTORY: keys, CALLS_STORAGE: through(storage), ...settings }
  const host = await startHost(env, args, app)
  return {
    ...host,
    storage,
    keys,
    startAnother: () => startHost(env, args, app),
    stop: async () => {
      await host.stop()
      await azurite.stop()
      await rm(keys, { recursive: true })
    },
  }
}

async function startHost(env: Record<string, string>, args: readonly string[], app: string): Promise<RunningHost> {
  let running = await launch({ PORT: '0', ...env }, args, app)
  const { baseUrl } = running
  return {
    baseUrl,
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
      keepLog(String(child.pid), text)
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
