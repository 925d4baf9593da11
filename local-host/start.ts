/**
 * The program of `npm start`: runs local storage and the service until Ctrl-C. Its static imports must also load in an
 * old Node.js, so that it can name the version that it needs.
 */
import Module from 'node:module'
import type { ServerCertificate } from '../hosting/certificates.js'
import { explainListenError } from '../hosting/listenError.js'
import { assertNodeVersion } from '../hosting/nodeVersion.js'
import { excludeLoopbackFromProxy } from '../hosting/proxy.js'
import { isUserError, UserError } from '../hosting/userError.js'
import { HELP, readArguments } from './arguments.js'
import type { Azurite } from './azurite.js'
import { describeService } from './banner.js'
import type { Host } from './host.js'

const DEFAULT_PORT = 7071
const MAX_PORT = 65_535
const STORAGE_DIRECTORY = '.ringback/azurite'
const KEYS_DIRECTORY = '.ringback/keys'
/** npm forwards a Ctrl-C that the terminal has already sent: two signals within this time count as one. */
const DUPLICATE_SIGNAL_MS = 500
const PARENT_CHECK_INTERVAL_MS = 250
/** The most by which an idle service delays a retry. Each poll of the queues costs about 2 ms of CPU. */
const MAX_POLLING_INTERVAL = '00:00:00.2500000'

let host: Host | undefined
let azurite: Azurite | undefined
let stoppingSince: number | undefined

async function start(): Promise<void> {
  assertNodeVersion('Run npm ci and then npm start, which uses the Node.js that the project installs.')
  // Later starts read the compiled code of the libraries from the directory for temporary files.
  Module.enableCompileCache()
  const { help, https, hostNames } = readArguments(process.argv.slice(2))
  if (help) return console.log(HELP)
  const port = readPort()
  const hostname = process.env.HOST || '127.0.0.1'
  excludeLoopbackFromProxy()

  if (!process.env.CALLS_STORAGE) await startStorage()
  process.env.RINGBACK_LOCAL ??= 'true'
  process.env.AzureFunctionsJobHost__extensions__queues__maxPollingInterval ??= MAX_POLLING_INTERVAL

  const certificate = https ? await createCertificate([hostname, ...hostNames]) : undefined
  console.log('Starting the service ...')
  const { startHost } = await import('./host.js')
  const tls = certificate && { key: certificate.key, cert: certificate.cert }
  host = await startHost({
    appDirectory: process.cwd(),
    hostname,
    hostNames: [...hostNames, ...publicHostNames()],
    port,
    tls,
  }).catch((error: unknown) => {
    const otherPort = 'PORT=8080 npm start (PORT=0 selects a free port)'
    throw explainListenError(error as NodeJS.ErrnoException, { hostname, port, otherPort })
  })
  if (stoppingSince === undefined) console.log(describeService(host.baseUrl, hostNames, certificate?.caFile))
}

function readPort(): number {
  const port = Number(process.env.PORT || DEFAULT_PORT)
  if (Number.isInteger(port) && port >= 0 && port <= MAX_PORT) return port
  throw new UserError(`PORT must be a whole number from 0 to ${MAX_PORT}, not '${process.env.PORT}'.`)
}

/** The host name in PUBLIC_BASE_URL, if it is set. */
function publicHostNames(): string[] {
  const { PUBLIC_BASE_URL = '' } = process.env
  return URL.canParse(PUBLIC_BASE_URL) ? [new URL(PUBLIC_BASE_URL).hostname] : []
}

async function startStorage(): Promise<void> {
  console.log(`Starting storage (Azurite, data in ${STORAGE_DIRECTORY}) ...`)
  const { startAzurite } = await import('./azurite.js')
  azurite = await startAzurite({ directory: STORAGE_DIRECTORY })
  process.env.CALLS_STORAGE = azurite.connectionString()
  void azurite.exited.then(() => {
    if (stoppingSince !== undefined) return
    console.error(
      'The storage process (Azurite) exited, so Ringback is stopping. Calls and bots are kept; run npm start again.',
    )
    void stop(1)
  })
}

/** Makes this process trust its own authority, so that a bot's callback can use the same certificate. */
async function createCertificate(names: readonly string[]): Promise<ServerCertificate> {
  const { makeServerCertificate, trust } = await import('../hosting/certificates.js')
  const certificate = await makeServerCertificate(process.env.KEYS_DIRECTORY || KEYS_DIRECTORY, names)
  trust(certificate)
  return certificate
}

/** Stops the service first: it needs the storage until its last invocation has finished. */
async function stop(exitCode: number): Promise<never> {
  stoppingSince ??= Date.now()
  await host?.stop()
  await azurite?.stop()
  process.exit(exitCode)
}

/** Stops cleanly on the first request, at once on the second one. */
function requestStop(): void {
  if (stoppingSince === undefined) {
    console.log('\nStopping ...')
    void stop(0)
  } else if (Date.now() - stoppingSince > DUPLICATE_SIGNAL_MS) process.exit(1)
}

process.on('SIGINT', requestStop).on('SIGTERM', requestStop)

// A signal that is sent to npm alone ends its shell, which does not forward it. So watch for the exit of the parent.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid
  const parentCheck = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(parentCheck)
    requestStop()
  }, PARENT_CHECK_INTERVAL_MS).unref()
}

start().catch((error: unknown) => {
  console.error(isUserError(error) ? error.message : error)
  return stop(1)
})
