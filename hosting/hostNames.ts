import { isIP } from 'node:net'
import { UserError } from './userError.js'

/** RFC 1123, 2.1 */
const HOST_NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/

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
