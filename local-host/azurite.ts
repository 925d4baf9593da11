import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readdir, realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { explainFileError, UserError } from '../hosting/userError.js'

const require = createRequire(import.meta.url)

/** A running Azurite, the emulator of Azure Storage. */
export interface Azurite {
  /** The connection string of its account. */
  connectionString(): string
  /** Resolves when the process has exited, whether it was stopped or died. */
  readonly exited: Promise<unknown>
  /** Stops it and resolves when its data is written. */
  stop(): Promise<void>
}

export interface AzuriteOptions {
  /**
   * The directory of its data; only one Azurite can use it at a time. Without a directory the data is in memory, which
   * suits only short runs: once a minute Azurite collects the contents of deleted queue messages, and in memory that
   * blocks it for half a minute after some thousand messages.
   */
  directory?: string
  /** URLs of modules to load before Azurite. */
  modules?: readonly string[]
}

/** The well-known account of the emulator: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite */
const ACCOUNT = 'devstoreaccount1'
const ACCOUNT_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
const ARGUMENTS = ['--blobPort=0', '--queuePort=0', '--tablePort=0', '--silent', '--disableTelemetry']
/** The services that Azurite starts; it prints one line for each. */
const SERVICES = ['Blob', 'Queue', 'Table']
const SERVICE_LINE = /Azurite (\w+) service is successfully listening at (\S+)\n/g
/** The database files of Azurite, and how each begins. Azurite silently replaces a file that is empty or only `{}`. */
const DATABASE_FILE = /^__azurite_db_\w+\.json$/
const DATABASE_START = '{"filename":'
/** Printed by azuriteGuard.ts. */
const LOCKED = 'Another Azurite is already running on '

/**
 * Starts Azurite on free ports of 127.0.0.1 and resolves when it listens. It stops with this process, even if this
 * process is killed. A Ctrl-C in the terminal does not reach it: the host needs its storage until the host has stopped.
 * @throws UserError when the directory cannot be used
 */
export async function startAzurite({ directory, modules = [] }: AzuriteOptions = {}): Promise<Azurite> {
  const dataDirectory = directory === undefined ? undefined : await prepareDirectory(directory)
  const storage = dataDirectory === undefined ? ['--inMemoryPersistence'] : ['--location', dataDirectory]
  const guard = new URL(`./azuriteGuard${extname(import.meta.url)}`, import.meta.url)
  const child = fork(require.resolve('azurite/dist/src/azurite.js'), [...ARGUMENTS, ...storage], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [guard.href, ...modules].flatMap((url) => ['--import', url]),
    env: { ...process.env, AZURITE_GUARD_DIRECTORY: dataDirectory ?? '' },
  })
  const exited = once(child, 'exit')
  const endpoints = await readEndpoints(child, (output) => createStartError(output, dataDirectory))
  return {
    connectionString: () => createConnectionString(endpoints),
    exited,
    async stop() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

/** Returns the canonical path, so that different spellings of one directory share one lock. */
async function prepareDirectory(directory: string): Promise<string> {
  const problem = `Cannot use ${directory} for the data of the storage. Make it a directory that you can write to.`
  await mkdir(directory, { recursive: true }).catch(explainFileError(problem))
  const canonical = await realpath(directory)
  const databases = (await readdir(canonical)).filter((name) => DATABASE_FILE.test(name))
  for (const name of databases) {
    const isIntact = await hasDatabaseStart(join(canonical, name)).catch(explainFileError(problem))
    if (!isIntact) throw new UserError(`${name} is damaged. ${explainDeletion(canonical)}`)
  }
  return canonical
}

async function hasDatabaseStart(file: string): Promise<boolean> {
  await using handle = await open(file)
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(DATABASE_START.length) })
  return buffer.toString('utf8', 0, bytesRead) === DATABASE_START
}

const explainDeletion = (directory: string) =>
  `To start with an empty storage, delete ${directory}. This deletes all calls and registered bots.`

function createConnectionString(endpoints: Map<string, string>): string {
  return [
    'DefaultEndpointsProtocol=http',
    `AccountName=${ACCOUNT}`,
    `AccountKey=${ACCOUNT_KEY}`,
    ...[...endpoints].map(([service, url]) => `${service}Endpoint=${url}/${ACCOUNT}`),
  ].join(';')
}

/** Reads the address of each service from Azurite's output. Rejects when Azurite exits first. */
function readEndpoints(child: ChildProcess, createError: (output: string) => Error): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    const endpoints = new Map<string, string>()
    let output = ''
    const readOutput = (text: string) => {
      output += text
      for (const [, service = '', url = ''] of output.matchAll(SERVICE_LINE)) endpoints.set(service, url)
      if (SERVICES.every((service) => endpoints.has(service))) resolve(endpoints)
    }
    child.stdout?.setEncoding('utf8').on('data', readOutput)
    child.stderr?.setEncoding('utf8').on('data', readOutput)
    child.once('error', reject)
    child.once('exit', () => reject(createError(output.trim())))
  })
}

function createStartError(output: string, directory: string | undefined): Error {
  if (directory === undefined) return new Error(`Azurite did not start. Its output:\n${output}`)
  if (output.includes(LOCKED)) {
    return new UserError(`${LOCKED}${directory}. Stop it first, for example another npm start.`)
  }
  return new UserError(
    `Azurite did not start. Its output:\n${output}\nIf its data is damaged: ${explainDeletion(directory)}`,
  )
}
