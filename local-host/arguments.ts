import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import { UserError } from './userError.js'

/** The arguments that follow `npm start --`. */
export interface Arguments {
  /** Print HELP and stop. */
  readonly help: boolean
  readonly https: boolean
  /** Additional host names of the service, in lower case. */
  readonly hostNames: readonly string[]
}

/** RFC 1123, 2.1 */
const HOST_NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/
const USAGE = 'npm start -- [--https] [--host-names a.example,b.example]'
export const HELP = `Usage: ${USAGE}

  --https        serves https, with a certificate authority of its own in .ringback/keys
  --host-names   more host names that the service accepts; its certificate covers them too
  --help         prints this text

Environment variables: PORT (7071), HOST (127.0.0.1), and the settings of docs/configuration.md.`

/** @throws UserError that names the invalid argument */
export function readArguments(args: readonly string[]): Arguments {
  const { https, help, 'host-names': hostNamesText } = parseOptions(args)
  return { https, hostNames: readHostNames(hostNamesText), help }
}

/**
 * Returns the host names of a list that is separated by commas, in lower case.
 *
 * @throws UserError that names what is not a host name
 */
export function readHostNames(text: string | undefined): string[] {
  const hostNames = (text ?? '').split(',').flatMap((name) => name.trim().toLowerCase() || [])
  if (text !== undefined && hostNames.length === 0)
    throw new UserError('--host-names needs at least one name, without scheme, port and path.')
  const invalidName = hostNames.find((name) => !HOST_NAME.test(name) && !isIP(name))
  if (invalidName === undefined) return hostNames
  throw new UserError(
    `--host-names: '${invalidName}' is not a host name. Give only the name, without scheme, port and path.`,
  )
}

function parseOptions(args: readonly string[]) {
  try {
    const flag = { type: 'boolean', default: false } as const
    const options = { https: flag, help: { ...flag, short: 'h' }, 'host-names': { type: 'string' } } as const
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    throw new UserError(`${(error as Error).message}\nUsage: ${USAGE}`, { cause: error })
  }
}
