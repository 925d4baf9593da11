import { isIP } from 'node:net'
import { parseArgs } from 'node:util'
import { UserError } from './userError.js'

/** The arguments that follow `npm start --`. */
export interface Arguments {
  readonly https: boolean
  /** Additional host names of the service, in lower case. */
  readonly hostNames: readonly string[]
}

/** RFC 1123, 2.1 */
const HOST_NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/
const USAGE = 'npm start -- [--https] [--host-names a.example,b.example]'

/** @throws UserError that names the invalid argument */
export function readArguments(args: readonly string[]): Arguments {
  const { https, 'host-names': hostNamesText } = parseOptions(args)
  const hostNames = (hostNamesText ?? '').split(',').flatMap((name) => name.trim().toLowerCase() || [])
  if (hostNamesText !== undefined && hostNames.length === 0) {
    throw new UserError(`--host-names needs at least one name. Usage: ${USAGE}`)
  }
  if (hostNamesText !== undefined && !https) throw new UserError(`--host-names requires --https. Usage: ${USAGE}`)
  const invalidName = hostNames.find((name) => !HOST_NAME.test(name) && !isIP(name))
  if (invalidName !== undefined) {
    throw new UserError(
      `--host-names: '${invalidName}' is not a host name. Give only the name, without scheme, port and path.`,
    )
  }
  return { https, hostNames }
}

function parseOptions(args: readonly string[]) {
  try {
    const options = { https: { type: 'boolean', default: false }, 'host-names': { type: 'string' } } as const
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    throw new UserError(`${(error as Error).message}\nUsage: ${USAGE}`, { cause: error })
  }
}
