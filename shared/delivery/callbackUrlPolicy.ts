import { lookup as lookUpName, Resolver } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { invalidRequest } from '../graph/errors.js'
import { logLine } from '../platform/log.js'
import { findHostNameProblem } from './hostNames.js'
import { AllowList, isLoopback, isPublic, parseIp } from './publicIp.js'

/** Longer than any callback URL needs to be. */
const MAX_URL_LENGTH = 2048
const MAX_PORT = 65_535
const PORT_PROBLEM = `must have a port from 1 to ${MAX_PORT}.`
/** How long a check waits for the resolver. A longer wait adds nothing: every connection checks the name again. */
const RESOLVE_TIMEOUT_MS = 2_000

/** Resolves a host name to all of its IP addresses. */
export type ResolveHost = (name: string) => Promise<readonly { readonly address: string; readonly family: number }[]>
export const resolveHost: ResolveHost = (name) => lookUpName(name, { all: true })

/** How many hosts `findHint` remembers: a client chooses the hosts, so their number has no other limit. */
const MAX_HINTED_HOSTS = 1_000

/** A working name server answers sooner. */
const DNS_TIMEOUT_MS = 1_000

/**
 * Returns a function that asks name servers itself. Unlike the resolver of the system, it occupies no thread of the
 * process while a name server does not answer, and it does not know the hosts file.
 *
 * @param servers the name servers; by default those of the system
 */
export function createDnsResolver(servers?: readonly string[]): ResolveHost {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 })
  if (servers) resolver.setServers(servers)
  return async (name) => {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
    const addresses = [
      ...(v4.status === 'fulfilled' ? v4.value.map((address) => ({ address, family: 4 })) : []),
      ...(v6.status === 'fulfilled' ? v6.value.map((address) => ({ address, family: 6 })) : []),
    ]
    if (addresses.length === 0 && v4.status === 'rejected') throw v4.reason
    return addresses
  }
}

/** An origin in callback URLs, and the origin that notifications are sent to instead. */
export interface CallbackRewrite {
  readonly from: string
  readonly to: string
}

interface PolicySettings {
  readonly RINGBACK_LOCAL: boolean
  readonly CALLBACK_ALLOW_LIST: readonly string[]
  readonly CALLBACK_REWRITE: readonly CallbackRewrite[]
}

/**
 * Decides which URL a notification is sent to, and whether that URL is allowed. Callback URLs are untrusted input, so
 * by default only https to public IP addresses is allowed. CALLBACK_ALLOW_LIST allows further hosts and ranges.
 * RINGBACK_LOCAL allows this machine, and also http to this machine and to CALLBACK_ALLOW_LIST. These rules apply to
 * the host that is contacted, after CALLBACK_REWRITE.
 */
export class CallbackUrlPolicy {
  readonly #isLocal: boolean
  readonly #allowed: AllowList
  readonly #rewrites: ReadonlyMap<string, string>
  readonly #resolveHost: ResolveHost
  /** The hosts that `findHint` has already checked. */
  readonly #hintedHosts = new Set<string>()

  constructor({ RINGBACK_LOCAL, CALLBACK_ALLOW_LIST, CALLBACK_REWRITE }: PolicySettings, resolveHost: ResolveHost) {
    this.#isLocal = RINGBACK_LOCAL
    this.#allowed = new AllowList(CALLBACK_ALLOW_LIST)
    this.#rewrites = new Map(CALLBACK_REWRITE.map(({ from, to }) => [from, to]))
    this.#resolveHost = resolveHost
  }

  /** Returns the URL to contact for a valid callback URL: its origin may be replaced, its path and query stay. */
  rewrite(callbackUrl: string): string {
    const { origin, pathname, search } = new URL(callbackUrl)
    const to = this.#rewrites.get(origin)
    // Not `new URL(pathname, to)`: a path with two leading slashes would name another host.
    return to === undefined ? callbackUrl : Object.assign(new URL(to), { pathname, search }).href
  }

  /**
   * Checks a callback URL of a request. A name that does not resolve passes: its container may not have started yet,
   * and every connection checks the resolved address again.
   *
   * @param property the name of the property that holds the URL
   * @throws GraphError 400
   */
  async check(callbackUrl: string, property: string): Promise<void> {
    const problem =
      this.findProblem(callbackUrl) ?? (await this.#findProblemOfName(hostnameOf(this.rewrite(callbackUrl))))
    if (problem) throw invalidRequest(`${property}: ${problem}`)
  }

  /** Returns what is wrong with a callback URL as it is written, without resolving its name. */
  findProblem(callbackUrl: string): string | undefined {
    if (callbackUrl.length > MAX_URL_LENGTH) return `must have at most ${MAX_URL_LENGTH} characters.`
    if (!URL.canParse(callbackUrl)) return explainInvalidUrl(callbackUrl)
    const url = new URL(callbackUrl)
    if (url.username || url.password) return 'must not contain credentials.'
    const target = new URL(this.rewrite(callbackUrl))
    if (target.port === '0') return PORT_PROBLEM
    const host = target.hostname
    if (target.protocol !== 'https:' && !(target.protocol === 'http:' && this.#mayUseHttp(host))) {
      return this.#isLocal
        ? 'must be https, or http to this machine or to a host in CALLBACK_ALLOW_LIST.'
        : 'must be an https URL.'
    }
    return parseIp(host) ? this.#findProblemOfIp(host, host) : findHostNameProblem(normalizeHost(host))
  }

  /**
   * Returns a log line about a callback that a developer's machine probably should not contact, because its host is
   * public or does not resolve. Returns it once for each host, and only with RINGBACK_LOCAL.
   */
  async findHint(callbackUrl: string): Promise<string | undefined> {
    const { host, hostname, origin } = new URL(callbackUrl)
    if (!this.#isLocal || this.#rewrites.has(origin) || this.#hintedHosts.has(host)) return undefined
    if (this.#hintedHosts.size >= MAX_HINTED_HOSTS) this.#hintedHosts.clear()
    this.#hintedHosts.add(host)
    const addresses = (await this.#resolve(hostname)).map(({ address }) => parseIp(address))
    if (addresses.length > 0 && !addresses.some((address) => address && isPublic(address))) return undefined
    const reason = addresses.length === 0 ? 'the name does not resolve' : 'the host is public'
    const hint = `if the bot runs on this machine, set CALLBACK_REWRITE=${origin}=http://localhost:3978 (its port)`
    return logLine('callback.elsewhere', { host, reason, hint })
  }

  /** Resolves a name for a connection: the connection goes to the IP address that was checked. */
  readonly lookup: LookupFunction = (name, options, done) => {
    this.#resolveHost(name).then(
      (resolved) => {
        const problem = this.#findProblemOfIps(name, resolved)
        const [first] = resolved
        if (problem || !first) done(new Error(`${name} ${problem ?? 'has no IP address'}`), '')
        else if (options.all) done(null, [...resolved])
        else done(null, first.address, first.family)
      },
      (error) => done(error, ''),
    )
  }

  async #findProblemOfName(host: string): Promise<string | undefined> {
    return parseIp(host) ? undefined : this.#findProblemOfIps(host, await this.#resolve(host))
  }

  /** Returns the IP addresses of a host: an IP address as it is, and none for a name that does not resolve in time. */
  async #resolve(host: string): Promise<readonly { readonly address: string }[]> {
    if (parseIp(host)) return [{ address: host }]
    return Promise.race([this.#resolveHost(host).catch(() => []), sleep(RESOLVE_TIMEOUT_MS, [], { ref: false })])
  }

  #findProblemOfIps(host: string, resolved: readonly { readonly address: string }[]): string | undefined {
    return resolved.map(({ address }) => this.#findProblemOfIp(host, address)).find((problem) => problem !== undefined)
  }

  #findProblemOfIp(host: string, ip: string): string | undefined {
    const address = parseIp(ip)
    const isAllowed =
      this.#allowed.hasHost(normalizeHost(host)) ||
      (address && (isPublic(address) || this.#allowed.hasAddress(address) || (this.#isLocal && isLoopback(address))))
    return isAllowed
      ? undefined
      : `points to ${ip}, which is not a public address. To allow it, add it to CALLBACK_ALLOW_LIST.`
  }

  #mayUseHttp(host: string): boolean {
    if (!this.#isLocal) return false
    const address = parseIp(host)
    if (address) return isLoopback(address) || this.#allowed.hasAddress(address)
    return normalizeHost(host) === 'localhost' || this.#allowed.hasHost(normalizeHost(host))
  }
}

/** Returns what is wrong with a URL that cannot be parsed, without repeating its credentials. */
function explainInvalidUrl(text: string): string {
  const [, authority] = /^\s*[a-z][a-z\d+.-]*:\/*([^/?#]+)/i.exec(text) ?? []
  if (authority === undefined) return 'must be an absolute URL, such as https://bot.example/api/calls.'
  const [, host = '', port] = /^(?:.*@)?(\[[^\]]*\]?|.*?)(?::(\d+))?$/s.exec(authority) ?? []
  if (port !== undefined && Number(port) > MAX_PORT) return PORT_PROBLEM
  return `has the host ${JSON.stringify(host)}, which is neither a name nor an IP address.`
}

/** The host of a URL, which the URL parser has converted to lower case. */
const hostnameOf = (url: string): string => new URL(url).hostname
/** Lower case, without the final dot of a fully qualified name: `localhost.` is `localhost`. */
const normalizeHost = (host: string): string => host.toLowerCase().replace(/\.$/, '')
