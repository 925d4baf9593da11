/** The storage libraries use HTTP_PROXY even for loopback addresses, which a proxy cannot reach. */
export function excludeLoopbackFromProxy(): void {
  const { NO_PROXY = process.env.no_proxy } = process.env
  process.env.NO_PROXY = [NO_PROXY, '127.0.0.1', 'localhost', '::1'].filter(Boolean).join(',')
  process.env.no_proxy = process.env.NO_PROXY
}
