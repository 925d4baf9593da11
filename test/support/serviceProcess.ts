import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startAzurite } from '../../local-host/azurite.js'
import { type RunningHost, runHost } from './runningHost.js'

// The built service as a process, on an Azurite. serviceFixture.ts has the service in memory.

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

function startHost(env: Record<string, string>, args: readonly string[], app: string): Promise<RunningHost> {
  return runHost((port) => ({
    args: ['--enable-source-maps', resolve('dist/local-host/start.js'), ...args],
    env: port === '0' ? { PORT: port, ...env } : { ...env, PORT: port },
    cwd: app,
    findBaseUrl: (printed) => (/^ready$/m.test(printed) ? /https?:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0] : undefined),
  }))
}
