import { once } from 'node:events'
import { join } from 'node:path'
import { createDirectory, type ServedService, serve } from '../../embedded/serve.js'
import { explainListenError } from '../../hosting/listenError.js'
import { excludeLoopbackFromProxy } from '../../hosting/proxy.js'
import { isUserError } from '../../hosting/userError.js'
import { isInspectorEnabled } from '../../shared/service/config.js'
import { createClient } from '../client.js'
import type { Context } from '../context.js'
import { UsageError } from '../errors.js'
import { EXIT_OK, type ExitCode } from '../exitCodes.js'
import type { Output } from '../output.js'
import { describeService } from './banner.js'
import { startHotkeys } from './hotkeys.js'
import { printEvents } from './lines.js'
import { openBrowser } from './openBrowser.js'
import { type CheckedOptions, checkOptions, type StartOptions } from './options.js'

const KEYS_DIRECTORY = '.ringback/keys'
/** `npx` does not put the program on the PATH. npm sets the variable to the command that runs. */
const PROGRAM = process.env.npm_command === 'exec' ? 'npx ringback' : 'ringback'

/** Runs the service until Ctrl-C, SIGTERM or the hotkey. */
export async function start(context: Context, options: StartOptions): Promise<ExitCode> {
  const { output, interruptSignal } = context
  const stopExiting = exitOnSignals()
  try {
    const checked = checkOptions(options, process.env)
    const { service, certificate } = await startService(checked, output)
    // What reads that the service is ready may stop it at once.
    const stopping = new AbortController()
    process.once('SIGTERM', () => stopping.abort())
    const signal = AbortSignal.any([interruptSignal(), stopping.signal])
    stopExiting()
    const { baseUrl: url } = service
    const inspector = isInspectorEnabled(service.settings) ? `${url}/inspector` : undefined
    const caFile = certificate?.caFile
    const isLocal = service.settings.RINGBACK_LOCAL
    const description = describeService({ ...checked, url, inspector, caFile, isLocal, program: PROGRAM })
    output.print({ type: 'ready', url, inspector, caFile }, description)
    if (checked.open && inspector) openBrowser(inspector)
    await runUntilStopped(service, { output, signal, stopping })
    // A callback that does not answer would keep the process running until its request times out.
    process.exit(EXIT_OK)
  } catch (error) {
    throw isUserError(error) ? new UsageError(error.message) : error
  }
}

/**
 * Ends the process at SIGINT or SIGTERM until the returned function is called. The first process of a container ignores
 * signals that it does not handle, and the storage may take long to answer.
 */
function exitOnSignals(): () => void {
  const exit = () => process.exit(EXIT_OK)
  process.once('SIGINT', exit).once('SIGTERM', exit)
  return () => process.off('SIGINT', exit).off('SIGTERM', exit)
}

async function startService(options: CheckedOptions, output: Output) {
  const { port, hostname, hostOption, hostNames, settings, data, storage } = options
  excludeLoopbackFromProxy()
  const certificate = options.https ? await createCertificate(options) : undefined
  const service = await serve({
    hostname,
    hostNames: [...hostNames, ...publicHostNames(settings.PUBLIC_BASE_URL)],
    port,
    tls: certificate && { key: certificate.key, cert: certificate.cert },
    env: settings,
    directory: data,
    connectionString: storage,
    log: (level, source, text) => {
      if (level !== 'information') output.note(`${source}: ${text}`)
    },
  }).catch((error: unknown) => {
    const otherPort = `${PROGRAM} start --port 8080 (--port 0 selects a free one)`
    throw explainListenError(error as NodeJS.ErrnoException, { hostname, hostOption, port, otherPort })
  })
  return { service, certificate }
}

/** Makes this process trust its own authority, so that a bot's callback can use the same certificate. */
async function createCertificate({ settings, data, hostname, hostNames }: CheckedOptions) {
  const { makeServerCertificate, trust } = await import('../../hosting/certificates.js')
  const [directory, option] =
    data === undefined
      ? ([settings.KEYS_DIRECTORY || KEYS_DIRECTORY, 'KEYS_DIRECTORY'] as const)
      : ([join(data, 'keys'), '--data'] as const)
  // Certificates alone are kept in a directory that everyone may read.
  if (data !== undefined) createDirectory(data)
  const certificate = await makeServerCertificate(directory, [hostname, ...hostNames], option)
  trust(certificate)
  return certificate
}

/** The host name in PUBLIC_BASE_URL, if it is set. */
const publicHostNames = (url = ''): string[] => (URL.canParse(url) ? [new URL(url).hostname] : [])

interface Running {
  readonly output: Output
  /** Aborted when the service must stop. */
  readonly signal: AbortSignal
  /** Aborts the signal. */
  readonly stopping: AbortController
}

async function runUntilStopped(service: ServedService, { output, signal, stopping }: Running): Promise<void> {
  const lines = printEvents(service.eventLog, output)
  const hotkeys = startHotkeys({ client: createClient({ url: service.baseUrl }), output, lines, stopping })
  if (!signal.aborted) await once(signal, 'abort')
  hotkeys?.stop()
  output.note('Stopping ...')
  await service.stop()
}
