import type { IncomingMessage, ServerResponse } from 'node:http'
import { isIP } from 'node:net'

/** The longest request target that is served: the limit of the real host (Kestrel, MaxRequestLineSize). */
const MAX_TARGET_LENGTH = 8 * 1024
/** RFC 9110, 7.2: a host name or an address, and a port. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i
const MAX_PORT = 65_535
const LOOPBACK_NAMES = ['localhost', 'ip6-localhost']

/** A request that is refused before any function sees it. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly message: string
}

/**
 * Creates the check of a request's target and Host header. A web page can point its own host name at this
 * machine and then read every response (DNS rebinding), so only known names are served. A Host header that is an IP
 * address cannot come from DNS rebinding.
 *
 * @param names the names that the service is reached by, besides loopback names and IP addresses
 */
export function createRequestCheck(names: readonly string[]): (request: IncomingMessage) => Refusal | undefined {
  const known = new Set([...LOOPBACK_NAMES, ...names.map((name) => name.toLowerCase())])
  return ({ url = '', headers: { host } }) => {
    if (url.length > MAX_TARGET_LENGTH) {
      return { status: 414, code: 'invalidRequest', message: `The URL is longer than ${MAX_TARGET_LENGTH} characters.` }
    }
    // A target in absolute form that is no URL. `*` asks about the server and not about a path (RFC 9110, 9.3.7).
    if (url !== '*' && !toOriginForm(url).startsWith('/')) {
      return { status: 400, code: 'invalidRequest', message: `The request target ${JSON.stringify(url)} is not valid.` }
    }
    const [, name = '', port = '0'] = HOST.exec(host ?? 'localhost') ?? []
    if (name === '' || Number(port) > MAX_PORT) {
      return { status: 400, code: 'invalidRequest', message: `The Host header ${JSON.stringify(host)} is not valid.` }
    }
    const hostname = name
      .replace(/^\[(.*)\]$/, '$1')
      .toLowerCase()
      .replace(/\.$/, '')
    if (isIP(hostname) || known.has(hostname) || hostname.endsWith('.localhost')) return undefined
    const message =
      `The host name ${name} is not known to this service. ` +
      `Start it with --host-names ${name}, or set PUBLIC_BASE_URL=http://${name}.`
    return { status: 421, code: 'misdirectedRequest', message }
  }
}

/** Answers a refused request with an error body in the form of Graph. */
export function refuse(response: ServerResponse, { status, code, message }: Refusal): void {
  const body = JSON.stringify({ error: { code, message } })
  response
    .writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) })
    .end(body)
}

/** Reduces a request target in absolute form to its path and query (RFC 9112, 3.2.2). */
export const toOriginForm = (target: string): string =>
  /^https?:\/\//i.test(target) && URL.canParse(target)
    ? new URL(target).href.slice(new URL(target).origin.length)
    : target
