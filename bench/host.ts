import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { startAzurite } from '../local-host/azurite.js'
import { connectInspector, readInspectorUrl } from './inspector.js'

// The processes that the benchmark measures: an app on the local host, with an Azurite of its own.

/** A start takes two seconds on a machine that does nothing else. */
const START_TIMEOUT_MS = 120_000
const BYTES_PER_MIB = 1024 * 1024

/** A process that runs an app. */
export interface AppHost {
  readonly baseUrl: string
  /** The milliseconds from the start of the process to the line `ready`. */
  readonly readyMs: number
  /** When the process was started, as `performance.now()` counts. */
  readonly startedAt: number
  /** The memory of the process in MiB (resident set). */
  readMemory(): number
  /**
   * Collects all garbage in the process, and returns the size of its JavaScript heap in MiB: what it retains.
   *
   * @throws when the app was started without an inspector
   */
  measureHeap(): Promise<number>
  stop(): Promise<void>
}

/** An Azurite with its data on disk, and a directory for keys. */
export interface Storage {
  readonly connection: string
  readonly keys: string
  stop(): Promise<void>
}

export async function startStorage(): Promise<Storage> {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-bench-'))
  const azurite = await startAzurite({ directory: join(directory, 'azurite') })
  return {
    connection: azurite.connectionString(),
    keys: join(directory, 'keys'),
    async stop() {
      await azurite.stop()
      await rm(directory, { recursive: true })
    },
  }
}

const TABLE_ENDPOINT = /TableEndpoint=[^;]+/

/**
 * Starts a storage whose tables are in memory and can be filled (azuriteSeed.ts). Azurite writes all tables to the disk
 * every five seconds, which would stop it for seconds when there are many calls.
 */
export async function startSeedableStorage(): Promise<Storage> {
  const storage = await startStorage()
  const seed = new URL(`./azuriteSeed${extname(import.meta.url)}`, import.meta.url).href
  const tables = await startAzurite({ modules: [seed] })
  const [endpoint = ''] = TABLE_ENDPOINT.exec(tables.connectionString()) ?? []
  return {
    connection: storage.connection.replace(TABLE_ENDPOINT, endpoint),
    keys: storage.keys,
    async stop() {
      await tables.stop()
      await storage.stop()
    },
  }
}

/**
 * The settings of the service while it is measured: people do not react, nothing times out, and no request is refused,
 * so that an operation always sends the requests that were recorded.
 */
const SETTINGS = {
  RINGBACK_LOCAL: 'true',
  SIMULATOR_DEFAULT: 'wait',
  ANSWER_TIMEOUT_MS: '900000',
  RING_TIMEOUT_MS: '900000',
  REQUESTS_PER_10_SECONDS: '0',
  // Every two minutes, so that it hardly affects the results. Without the sweep, lost wake-ups are never sent again.
  SWEEP_SCHEDULE: '0 */2 * * * *',
}

/** Options of an app. */
interface AppOptions {
  /** Starts the inspector of Node.js, which measures the heap. */
  readonly hasInspector?: boolean
  /** Settings that replace SETTINGS. */
  readonly settings?: Readonly<Partial<typeof SETTINGS>>
}

/** Starts an app on the local host. `folder` has its package.json and host.json. */
export async function startApp(
  folder: string,
  { connection, keys }: Pick<Storage, 'connection' | 'keys'>,
  { hasInspector = false, settings = {} }: AppOptions = {},
): Promise<AppHost> {
  const startedAt = performance.now()
  // No --enable-source-maps, as on Azure: with it, each file that is loaded costs the reading of its source map.
  const flags = hasInspector ? ['--inspect=127.0.0.1:0'] : []
  const child = spawn(process.execPath, [...flags, resolve('dist/local-host/start.js')], {
    cwd: folder,
    env: {
      ...process.env,
      ...SETTINGS,
      ...settings,
      PORT: '0',
      CALLS_STORAGE: connection,
      KEYS_DIRECTORY: keys,
      // The host then stops when the benchmark is killed (local-host/start.ts).
      npm_lifecycle_event: 'bench',
    },
    stdio: ['ignore', 'pipe', hasInspector ? 'pipe' : 'inherit'],
  })
  const inspectorUrl = child.stderr ? readInspectorUrl(child.stderr) : undefined
  const baseUrl = await readBaseUrl(child)
  const inspector = inspectorUrl && (await connectInspector(await inspectorUrl))
  return {
    baseUrl,
    startedAt,
    readyMs: performance.now() - startedAt,
    readMemory: () => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' })) / 1024,
    async measureHeap() {
      if (!inspector) throw new Error('the app was started without an inspector')
      return (await inspector.measureHeap()) / BYTES_PER_MIB
    },
    async stop() {
      // A process waits at its end until its inspector is disconnected.
      inspector?.close()
      if (child.exitCode === null && child.kill()) await once(child, 'exit')
    },
  }
}

/** An app with a storage of its own. */
export interface Stack extends AppHost {
  readonly storage: Storage
}

/** Starts an app on the local host, with a new storage. */
export async function startStack(folder: string): Promise<Stack> {
  const storage = await startStorage()
  const host = await startApp(folder, storage)
  return {
    ...host,
    storage,
    async stop() {
      await host.stop()
      await storage.stop()
    },
  }
}

/** Waits for the line `ready`, and returns the address that the host prints. */
async function readBaseUrl(child: ChildProcess): Promise<string> {
  let printed = ''
  const deadline = AbortSignal.timeout(START_TIMEOUT_MS)
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  while (!/^ready$/m.test(printed)) {
    if (child.exitCode !== null) throw new Error(`the host did not start:\n${printed}`)
    await Promise.race([
      once(child.stdout ?? child, 'data', { signal: deadline }),
      once(child, 'exit', { signal: deadline }),
    ])
  }
  return /https?:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] ?? ''
}
