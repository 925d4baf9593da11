/** The host of a server's URL that clients can use: a wildcard address is not one. */
export function toUrlHost(hostname: string): string {
  if (hostname === '0.0.0.0' || hostname === '::') return 'localhost'
  return hostname.includes(':') ? `[${hostname}]` : hostname
}
