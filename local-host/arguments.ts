import { isIP } from 'node:net'
import { parseArgs } from 'node:util'

/** What may stand behind `npm start --`. */
export interface Arguments {
  readonly https: boolean
  /** More names that the service is reached under, in lower case. */
  readonly hostNames: readonly string[]
}

/** RFC 1123, 2.1 */
const HOST_NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/
const USAGE = 'npm start -- [--https] [--host-names one.example,other.example]'

/** @throws Error that names the argument which makes no sense */
export function readArguments(args: readonly string[]): Arguments {
  const { https, 'host-names': given } = parse(args)
  const hostNames = (given ?? '').split(',').flatMap((name) => name.trim().toLowerCase() || [])
  if (given !== undefined && hostNames.length === 0) throw new Error(`--host-names has no name. Usage: ${USAGE}`)
  if (given !== undefined && !https) throw new Error(`--host-names is for --https. Usage: ${USAGE}`)
  const wrong = hostNames.find((name) => !HOST_NAME.test(name) && !isIP(name))
  if (wrong !== undefined)
    throw new Error(`--host-names: ${wrong} is not the name of a host (no scheme, no port, no path).`)
  return { https, hostNames }
}

function parse(args: readonly string[]) {
  try {
    const options = { https: { type: 'boolean', default: false }, 'host-names': { type: 'string' } } as const
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    throw new Error(`${(error as Error).message}\nUsage: ${USAGE}`)
  }
}
