import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { extname } from 'node:path'

const require = createRequire(import.meta.url)

/** A running Azurite, the emulator of Azure Storage. */
export interface Azurite {
  /** How to connect to it. */
  connectionString(): string
  /** Ends it and resolves when its data is written. */
  stop(): Promise<void>
}

export interface AzuriteOptions {
  /** Where its data is kept; only one Azurite can run on a directory. Without it the data ends with the process. */
  directory?: string
}

/** The emulator's well-known account and key (https://learn.microsoft.com/azure/storage/common/storage-connect-azurite). */
const ACCOUNT = 'devstoreaccount1'
const ACCOUNT_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='
/** The services Azurite announces, one line each, the last one last. */
const SERVICES = ['Blob', 'Queue', 'Table']

/**
 * Starts Azurite on free ports of 127.0.0.1 and resolves when it listens. It ends with this process, even when this
 * process is killed, and is out of reach of a Ctrl-C in its terminal: the host needs its storage until it has ended.
 */
export async function startAzurite({ directory }: AzuriteOptions = {}): Promise<Azurite> {
  const storage = directory === undefined ? ['--inMemoryPersistence'] : ['--location', await prepare(directory)]
  const guard = new URL(`./azuriteGuard${extname(import.meta.url)}`, import.meta.url)
  const child = fork(require.resolve('azurite/dist/src/azurite.js'), [...ARGUMENTS, ...storage], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--import', guard.href],
    env: { ...process.env, AZURITE_GUARD_DIRECTORY: storage[1] ?? '' },
  })
  const exited = once(child, 'exit')
  const endpoints = await readEndpoints(child)
  return {
    connectionString: () =>
      [
        'DefaultEndpointsProtocol=http',
        `AccountName=${ACCOUNT}`,
        `AccountKey=${ACCOUNT_KEY}`,
        ...[...endpoints].map(([service, url]) => `${service}Endpoint=${url}/${ACCOUNT}`),
      ].join(';'),
    async stop() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}

const ARGUMENTS = ['--blobPort=0', '--queuePort=0', '--tablePort=0', '--silent', '--disableTelemetry']

/** The directory's one true name, so that two ways to write it are one lock. */
async function prepare(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  return realpath(directory)
}

/** Reads from Azurite's output where its services listen. */
function readEndpoints(child: ChildProcess): Promise<Map<string, string>> {
  return new Promise((resolve, reject) => {
    const endpoints = new Map<string, string>()
    let output = ''
    const read = (text: string) => {
      output += text
      for (const [, service = '', url = ''] of output.matchAll(
        /Azurite (\w+) service is successfully listening at (\S+)\n/g,
      )) {
        endpoints.set(service, url)
      }
      if (SERVICES.every((service) => endpoints.has(service))) resolve(endpoints)
    }
    child.stdout?.setEncoding('utf8').on('data', read)
    child.stderr?.setEncoding('utf8').on('data', read)
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`Azurite did not start: ${output.trim()}`)))
  })
}
