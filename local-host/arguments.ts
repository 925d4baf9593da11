import { parseArgs } from 'node:util'
import { readHostNames } from '../hosting/hostNames.js'
import { UserError } from '../hosting/userError.js'

/** The arguments that follow `npm start --`. */
export interface Arguments {
  /** Print HELP and stop. */
  readonly help: boolean
  readonly https: boolean
  /** Additional host names of the service, in lower case. */
  readonly hostNames: readonly string[]
}

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

function parseOptions(args: readonly string[]) {
  try {
    const flag = { type: 'boolean', default: false } as const
    const options = { https: flag, help: { ...flag, short: 'h' }, 'host-names': { type: 'string' } } as const
    return parseArgs({ args: [...args], options, allowPositionals: false }).values
  } catch (error) {
    throw new UserError(`${(error as Error).message}\nUsage: ${USAGE}`, { cause: error })
  }
}
