/** What `npm start` runs: local storage and the service, until Ctrl-C. At once it loads only what an old Node.js can load too. */
import { readArguments } from './arguments.js'
import type { Azurite } from './azurite.js'
import { describeService } from './banner.js'
import type { ServerCertificate } from './certificates.js'
import type { Host } from './host.js'

/** package.json, engines */
const MIN_NODE_VERSION = '22.19'
const DEFAULT_PORT = 7071
const MAX_PORT = 65_535
/** npm passes a Ctrl-C on to us that the terminal has already sent: within this time two signals are one. */
const SAME_SIGNAL_TIME = 500
const PARENT_CHECK_INTERVAL = 250

let host: Host | undefined
let azurite: Azurite | undefined
let endingSince: number | undefined

async function start(): Promise<void> {
  if (process.versions.node.localeCompare(MIN_NODE_VERSION, 'en', { numeric: true }) < 0) {
    throw new Error(`Node.js ${MIN_NODE_VERSION} or newer is needed; this is ${process.version}.`)
  }
  const port = Number(process.env.PORT || DEFAULT_PORT)
  if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) {
    throw new Error(`PORT must be a number from 0 to ${MAX_PORT}; it is ${process.env.PORT}.`)
  }
  const hostname = process.env.HOST || '127.0.0.1'
  const given = readArguments(process.argv.slice(2))

  if (!process.env.CALLS_STORAGE) {
    console.log('Starting storage (Azurite, data in .ringback/azurite) ...')
    const { startAzurite } = await import('./azurite.js')
    azurite = await startAzurite({ directory: '.ringback/azurite' })
    process.env.CALLS_STORAGE = azurite.connectionString()
  }
  process.env.RINGBACK_LOCAL ??= 'true'
  process.env.AzureFunctionsJobHost__extensions__queues__maxPollingInterval ??= '00:00:00.1000000'

  const certificate = given.https ? await makeCertificate([hostname, ...given.hostNames]) : undefined
  console.log('Starting the service ...')
  const { startHost } = await import('./host.js')
  const tls = certificate && { key: certificate.key, cert: certificate.cert }
  host = await startHost({ appDirectory: process.cwd(), hostname, port, tls }).catch(explainPort(port))
  if (endingSince === undefined) console.log(describeService(host.baseUrl, given.hostNames, certificate?.caFile))
}

const explainPort = (port: number) => (error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE') {
    throw new Error(`Port ${port} is in use. Choose another one: PORT=8080 npm start (PORT=0 takes a free one).`)
  }
  if (error.code === 'EACCES') {
    throw new Error(`Port ${port} is not for everybody. Linux: sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}`)
  }
  throw error
}

/** The service trusts its own authority too, so that a bot's callback can use the same certificate. */
async function makeCertificate(names: readonly string[]): Promise<ServerCertificate> {
  const { makeServerCertificate, trust } = await import('./certificates.js')
  const certificate = await makeServerCertificate(process.env.KEYS_DIRECTORY || '.ringback/keys', names)
  trust(certificate)
  return certificate
}

/** Ends the service first: until its last invocation has ended it needs the storage. */
async function end(exitCode: number): Promise<never> {
  await host?.stop()
  await azurite?.stop()
  process.exit(exitCode)
}

/** Ends cleanly when first asked, at once when asked again. */
function requestEnd(): void {
  if (endingSince === undefined) {
    endingSince = Date.now()
    console.log('\nEnding ...')
    void end(0)
  } else if (Date.now() - endingSince > SAME_SIGNAL_TIME) process.exit(1)
}

process.on('SIGINT', requestEnd).on('SIGTERM', requestEnd)

// A signal to npm alone ends its shell, which does not pass it on: we notice that our parent has gone.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    requestEnd()
  }, PARENT_CHECK_INTERVAL).unref()
}

start().catch((error: unknown) => {
  // A plain Error speaks to the user; any other one is a defect and shows where.
  console.error(error instanceof Error && error.name === 'Error' ? error.message : error)
  return end(1)
})
