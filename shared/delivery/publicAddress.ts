import ipaddr from 'ipaddr.js'

/** Azure's platform answers here in every virtual network (Microsoft Learn: What is IP address 168.63.129.16?). */
const AZURE_PLATFORM = '168.63.129.16'
/** All of the IPv6 that is given out to the public lies in it (RFC 4291, 2.4; IANA, IPv6 Address Space). */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** An IP address, which is all that these functions are asked about. */
type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Reads an address as the host of a URL, a resolver or a setting has it; undefined for a name. */
export function parseAddress(text: string): Address | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1')
  // Nothing but four decimal numbers: what a URL makes of all other spellings.
  const isRead = ipaddr.IPv6.isValid(bare) || ipaddr.IPv4.isValidFourPartDecimal(bare)
  return isRead ? ipaddr.parse(bare) : undefined
}

/** Whether an address is anybody's: not of a machine, a network, a platform, or a way to write another address. */
export function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast' || address.toString() === AZURE_PLATFORM) return false
  return address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST)
}

export const isLoopback = (address: Address): boolean => address.range() === 'loopback'

/** Hosts and ranges that are exempt. */
export class AllowList {
  readonly #hosts = new Set<string>()
  readonly #ranges: [Address, number][] = []

  /** @param entries names of hosts, addresses, and ranges in CIDR notation, in lower case */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const address = parseAddress(entry)
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

/** Whether an entry of an allow-list makes sense: no address, then no range, and no name that nobody can have. */
export const isAllowListEntry = (entry: string): boolean =>
  parseAddress(entry) !== undefined ||
  ipaddr.isValidCIDR(entry) ||
  (/^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/.test(entry) && !/^[\d.]+$/.test(entry))
