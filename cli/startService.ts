import { DEFAULT_URL } from './client.js'
import type { StartService } from './context.js'
import { UsageError } from './errors.js'

/**
 * Starts a service in this process at the default URL, where bots look for it.
 *
 * @throws UsageError when its port is in use
 */
export const startService: StartService = async () => {
  const port = Number(new URL(DEFAULT_URL).port)
  // Only a run without a service needs it, and it is most of the program.
  const { startRingback } = await import('../testing/startRingback.js')
  return startRingback({ port }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new UsageError(`Port ${port} is in use.`, `If it is Ringback, name it with --url ${DEFAULT_URL}.`)
  })
}
