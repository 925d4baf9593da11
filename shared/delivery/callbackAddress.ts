import type { Settings } from '../config.js'
import { invalidRequest } from '../graph/errors.js'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])
/** Longer than any address a callback needs. */
const MAX_LENGTH = 2048

/**
 * Where notifications may be sent: https; locally also http to loopback and to the hosts that the settings allow.
 *
 * @param property the name of the property that gave the address
 * @throws GraphError 400
 */
export function checkCallbackAddress(address: string, property: string, settings: Settings): void {
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (!url || address.length > MAX_LENGTH) throw invalidRequest(`${property}: is not an absolute address.`)
  if (url.username || url.password) throw invalidRequest(`${property}: must not hold credentials.`)
  if (url.protocol === 'https:') return
  const allowed = LOOPBACK.has(url.hostname) || settings.CALLBACK_HTTP_HOSTS.includes(url.hostname)
  if (url.protocol === 'http:' && settings.RINGBACK_LOCAL && allowed) return
  throw invalidRequest(
    settings.RINGBACK_LOCAL
      ? `${property}: must be https, or http to this machine or to a host of CALLBACK_HTTP_HOSTS.`
      : `${property}: must be an https address.`,
  )
}
