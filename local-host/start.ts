/** What `npm start` runs: local storage and the service, until Ctrl-C. */
import type { Azurite } from './azurite.js'
import type { Host } from './host.js'

/** package.json, engines */
const MIN_NODE_VERSION = 22
const DEFAULT_PORT = 7071
const MAX_PORT = 65_535
/** npm passes a Ctrl-C on to us that the terminal has already sent: within this time two signals are one. */
const SAME_SIGNAL_TIME = 500
const PARENT_CHECK_INTERVAL = 250

let host: Host | undefined
let azurite: Azurite | undefined
let endingSince: number | undefined

async function start(): Promise<void> {
  if (Number.parseInt(process.versions.node, 10) < MIN_NODE_VERSION) {
    throw new Error(`Node.js ${MIN_NODE_VERSION} or newer is needed; this is ${process.version}.`)
  }
  const port = Number(process.env.PORT || DEFAULT_PORT)
  if (!Number.isInteger(port) || port < 0 || port > MAX_PORT) {
    throw new Error(`PORT must be a number from 0 to ${MAX_PORT}; it is ${process.env.PORT}.`)
  }
  const hostname = process.env.HOST || '127.0.0.1'

  if (!process.env.CALLS_STORAGE) {
    console.log('Starting storage (Azurite, data in .ringback/azurite) ...')
    const { startAzurite } = await import('./azurite.js')
    azurite = await startAzurite({ directory: '.ringback/azurite' })
    process.env.CALLS_STORAGE = azurite.connectionString()
  }
  process.env.RINGBACK_LOCAL ??= 'true'
  process.env.AzureFunctionsJobHost__extensions__queues__maxPollingInterval ??= '00:00:00.1000000'

  console.log('Starting the service ...')
  const { startHost } = await import('./host.js')
  host = await startHost({ appDirectory: process.cwd(), hostname, port }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(`Port ${port} is in use. Choose another one: PORT=8080 npm start (PORT=0 takes a free one).`)
  })
  if (endingSince === undefined) console.log(describe(host.baseUrl))
}

/** Ends the service first: until its last invocation has ended it needs the storage. */
async function end(exitCode: number): Promise<never> {
  await host?.stop()
  await azurite?.stop()
  process.exit(exitCode)
}

function describe(baseUrl: string): string {
  return `
Ringback runs Microsoft Graph's calling API here.

  Base URL for your bot:  ${baseUrl}/v1.0   (or ${baseUrl}/beta)
  Calls, today's API:     ${baseUrl}/v1.0/communications/calls
  Calls, the API of 2019: ${baseUrl}/beta/app/calls
  Tokens:                 POST ${baseUrl}/{tenant}/oauth2/v2.0/token
                          (client credentials: client_id any GUID, client_secret anything)

Get a token and register a bot; paste this into another terminal:

TOKEN=$(curl -s ${baseUrl}/${SAMPLE_TENANT}/oauth2/v2.0/token \\
  -d grant_type=client_credentials -d client_id=${SAMPLE_APPLICATION} -d client_secret=anything \\
  -d scope=https://graph.microsoft.com/.default | sed -E 's/.*"access_token": *"([^"]+)".*/\\1/')
curl -i -X PUT ${baseUrl}/bots/${SAMPLE_APPLICATION} \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"displayName":"My bot","tenantId":"${SAMPLE_TENANT}","callingWebhook":"http://localhost:3978/api/calls"}'

Ctrl-C ends it.
ready`
}

const SAMPLE_TENANT = '2432b57b-0abd-43db-aa7b-16eadd115d34'
const SAMPLE_APPLICATION = '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11'

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
