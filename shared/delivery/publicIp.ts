import ipaddr from 'ipaddr.js'
import { findHostNameProblem } from './hostNames.js'

/** The Azure platform, reachable from every virtual network (Microsoft Learn: What is IP address 168.63.129.16?). */
const AZURE_PLATFORM = '168.63.129.16'
/** All public IPv6 addresses are in this range (RFC 4291, 2.4; IANA, IPv6 Address Space). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** A parsed IP address. */
type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Parses an IP address as a URL, a resolver or a setting writes it. Returns undefined for a host name. */
export function parseIp(text: string): Address | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1')
  // IPv4 only as four decimal numbers: the URL parser converts every other spelling to this one.
  const isIp = ipaddr.IPv6.isValid(bare) || ipaddr.IPv4.isValidFourPartDecimal(bare)
  return isIp ? ipaddr.parse(bare) : undefined
}

/**
 * Returns whether an IP address is on the public Internet: not loopback, not in a private network, not of the Azure
 * platform, and not an IPv6 address that embeds another address.
 */
export function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast' || address.toString() === AZURE_PLATFORM) return false
  return address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST)
}

export const isLoopback = (address: Address): boolean => address.range() === 'loopback'

/** The hosts and IP ranges of CALLBACK_ALLOW_LIST. */
export class AllowList {
  readonly #hosts = new Set<string>()
  readonly #ranges: [Address, number][] = []

  /** @param entries host names, IP addresses and ranges in CIDR notation, in lower case */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const address = parseIp(entry)
      if (ipaddr.isValidCIDR(entry)) this.#ranges.push(ipaddr.parseCIDR(entry))
      else if (address) this.#ranges.push([address, address.kind() === 'ipv4' ? 32 : 128])
      else this.#hosts.add(entry)
    }
  }

  hasHost(host: string): boolean {
    return this.#hosts.has(host)
  }

  hasAddress(address: Address): boolean {
    return this.#ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits))
  }
}

/** Returns whether an entry of an allow list is an IP address, a range or a host name (not only digits and dots). */
export const isAllowListEntry = (entry: string): boolean =>
  parseIp(entry) !== undefined ||
  ipaddr.isValidCIDR(entry) ||
  (/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(entry) &&
    !/^[\d.]+$/.test(entry) &&
    findHostNameProblem(entry) === undefined)
