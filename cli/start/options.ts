import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { readHostNames } from '../../hosting/hostNames.js'
import { UsageError } from '../errors.js'

/** The options of `ringback start` as the command line has them. */
export interface StartOptions {
  readonly port?: string
  readonly host?: string
  readonly hostNames?: string
  readonly https?: boolean
  readonly data?: string
  readonly storage?: string
  readonly env?: string
  readonly open?: boolean
}

/** The same, checked. */
export interface CheckedOptions extends Omit<StartOptions, 'port' | 'host' | 'hostNames' | 'env'> {
  readonly port: number
  readonly hostname: string
  /** What has set the host name. */
  readonly hostOption: string
  /** In lower case. */
  readonly hostNames: readonly string[]
  /** The environment variables, and the settings of the file that they do not set. */
  readonly settings: Readonly<Record<string, string | undefined>>
}

type Environment = CheckedOptions['settings']

const DEFAULT_PORT = '7071'
const MAX_PORT = 65_535

/** @throws UsageError or UserError that names the option */
export function checkOptions(options: StartOptions, environment: Environment): CheckedOptions {
  const { port, host, hostNames, env, ...others } = options
  if (others.data === '') throw new UsageError('--data needs a directory.')
  if (others.storage === '') throw new UsageError('--storage needs a connection string.')
  const settings = env === undefined ? environment : { ...readEnvFile(env), ...withoutEmpty(environment) }
  return {
    ...others,
    storage: others.storage ?? (others.data === undefined ? settings.CALLS_STORAGE || undefined : undefined),
    port: port === undefined ? readPort('PORT', settings.PORT || DEFAULT_PORT) : readPort('--port', port),
    hostname: host ?? (settings.HOST || '127.0.0.1'),
    hostOption: host === undefined ? 'HOST' : '--host',
    hostNames: readHostNames(hostNames),
    settings,
  }
}

function readPort(name: string, text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= MAX_PORT) return port
  throw new UsageError(`${name} must be a whole number from 0 to ${MAX_PORT}, not '${text}'.`)
}

function readEnvFile(file: string): Environment {
  try {
    return parseEnv(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`--env: cannot read ${file}. (${(error as Error).message})`)
  }
}

/** An empty variable counts as not set. */
const withoutEmpty = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
