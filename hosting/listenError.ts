import { UserError } from './userError.js'

interface Address {
  readonly hostname: string
  /** What has set the host name; by default HOST. */
  readonly hostOption?: string
  readonly port: number
  /** The command that starts the service on another port. */
  readonly otherPort: string
}

/** Returns a UserError for an error of the HTTP server's `listen`, and any other error unchanged. */
export function explainListenError(
  error: NodeJS.ErrnoException,
  { hostname, hostOption = 'HOST', port, otherPort }: Address,
): Error {
  if (error.syscall !== 'listen' && error.syscall !== 'getaddrinfo') return error
  switch (error.code) {
    case 'EADDRINUSE':
      return new UserError(`Port ${port} is in use. Choose another port: ${otherPort}.`)
    case 'EACCES':
      return new UserError(
        `Permission denied: port ${port} needs elevated privileges. Choose a port from 1024 on, ` +
          `or allow it on Linux: sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}`,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UserError(
        `${hostOption} must be a name or an address of this machine, not '${hostname}'. (${error.message})`,
      )
    default:
      return error
  }
}
