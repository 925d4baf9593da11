import { UserError } from './userError.js'

/** package.json, engines */
const MIN_NODE_VERSION = '22.19'

/**
 * @param advice how to get a newer version
 * @throws UserError when this Node.js is too old
 */
export function assertNodeVersion(advice: string): void {
  if (process.versions.node.localeCompare(MIN_NODE_VERSION, 'en', { numeric: true }) >= 0) return
  throw new UserError(`Ringback needs Node.js ${MIN_NODE_VERSION} or newer; this is ${process.version}. ${advice}`)
}
