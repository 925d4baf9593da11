import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { isUserError, UserError } from '../hosting/userError.js'
import { fileKeySource } from '../shared/auth/keys/fileKeySource.js'
import { KeyRing } from '../shared/auth/keys/keyRing.js'
import { memoryKeySource } from '../shared/auth/keys/memoryKeySource.js'
import type { EventLog } from '../shared/inspection/eventLog.js'
import type { Settings } from '../shared/service/config.js'
import { openJournal } from '../shared/storage/journal.js'
import { MemoryBlobs, MemoryTables } from '../shared/storage/memory.js'
import { lockDirectory } from './directoryLock.js'
import { type EmbeddedOptions, EmbeddedService } from './embeddedService.js'
import { loadFunctions } from './functions.js'
import { type ListenOptions, listen } from './listen.js'

const JOURNAL = 'ringback.journal'
const KEYS = 'keys'
/** The directory holds private keys, callback URLs with their secrets, and recordings. */
const OWNER_ONLY = 0o700

export interface ServeOptions extends ListenOptions {
  readonly env: EmbeddedOptions['env']
  readonly log: EmbeddedOptions['log']
  /** The directory in which the state and the keys are kept; without it they are lost at the end of the process. */
  readonly directory?: string | undefined
  /** The connection string of a storage account or its emulator, instead of a directory. */
  readonly connectionString?: string | undefined
}

/** A service that listens. */
export interface ServedService {
  readonly baseUrl: string
  readonly settings: Settings
  readonly eventLog: EventLog | undefined
  /**
   * Accepts no more requests, waits up to two seconds for what runs, and closes the storage. What runs longer, such as
   * a POST to a callback that does not answer, keeps the process running, but its outcome is no longer stored: the next
   * process on this storage repeats it.
   */
  stop(): Promise<void>
}

/** How long `stop` waits for what runs; the sweep of the next process finds the rest. */
const STOP_TIMEOUT_MS = 2_000

/**
 * Starts a service in this process, and serves it over HTTP.
 *
 * @throws UserError when the directory is in use, ConfigError for a setting, and the error of `listen`
 */
export async function serve(options: ServeOptions): Promise<ServedService> {
  const [storage] = await Promise.all([openStorage(options), loadFunctions()])
  try {
    const service = new EmbeddedService({ ...options, ...storage })
    const listener = await listen((request) => service.handle(request), options).catch((error: unknown) => {
      service.stop()
      throw error
    })
    return {
      baseUrl: listener.baseUrl,
      settings: service.service.settings,
      eventLog: service.service.eventLog,
      async stop() {
        await listener.close()
        await Promise.race([service.idle(), wait(STOP_TIMEOUT_MS)])
        service.stop()
        storage.close()
      },
    }
  } catch (error) {
    storage.close()
    throw error
  }
}

type OpenedStorage = Pick<EmbeddedOptions, 'storage' | 'keys'> & Partial<EmbeddedOptions> & { close(): void }

async function openStorage({ env, directory, connectionString }: ServeOptions): Promise<OpenedStorage> {
  if (connectionString !== undefined) return openAccount(env, connectionString)
  const keysDirectory = directory === undefined ? env.KEYS_DIRECTORY : join(directory, KEYS)
  const keys = openKeys(keysDirectory ? (name) => fileKeySource(keysDirectory, name) : memoryKeySource)
  if (directory === undefined) {
    return { storage: { tables: new MemoryTables(), blobs: new MemoryBlobs() }, keys, close: () => undefined }
  }
  return { ...openDirectory(directory), keys }
}

/**
 * Creates the directory of a service if there is none.
 *
 * @throws UserError when it cannot be created
 */
export function createDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: OWNER_ONLY })
  } catch (error) {
    throw explainDirectory(directory, error)
  }
}

const explainDirectory = (directory: string, cause: unknown): UserError =>
  new UserError(`Cannot keep data in ${directory}: ${(cause as Error).message}`, { cause })

/** @throws UserError when the directory cannot be used */
function openDirectory(directory: string): Pick<OpenedStorage, 'storage' | 'close'> {
  createDirectory(directory)
  try {
    return openLocked(directory, lockDirectory(directory))
  } catch (error) {
    throw isUserError(error) ? error : explainDirectory(directory, error)
  }
}

function openLocked(directory: string, unlock: () => void): Pick<OpenedStorage, 'storage' | 'close'> {
  try {
    const journal = openJournal(join(directory, JOURNAL))
    const close = () => {
      journal.close()
      unlock()
    }
    return { storage: journal, close }
  } catch (error) {
    unlock()
    throw error
  }
}

const openKeys = (source: (name: string) => ReturnType<typeof fileKeySource>): EmbeddedOptions['keys'] => ({
  access: new KeyRing(source('access')),
  notifications: new KeyRing(source('notifications')),
})

/** The libraries of Azure are loaded only here. */
async function openAccount(env: EmbeddedOptions['env'], connectionString: string): Promise<OpenedStorage> {
  const { openAzureAccount } = await import('./azureAccount.js')
  const account = await openAzureAccount({ ...env, CALLS_STORAGE: connectionString }).catch((error: unknown) => {
    if (isUserError(error)) throw error
    throw new UserError(`The storage account does not answer: ${(error as Error).message}`, { cause: error })
  })
  return { ...account, close: () => undefined }
}

/** Does not keep the process running. */
const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds).unref())
