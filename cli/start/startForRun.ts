import { serve } from '../../embedded/serve.js'
import { DEFAULT_URL } from '../client.js'
import { UsageError } from '../errors.js'

/**
 * Starts a service in this process for one command, at the default URL, where bots look for it.
 *
 * @throws UsageError when the port is in use
 */
export async function startForRun(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const { hostname, port } = new URL(DEFAULT_URL)
  const log = (level: string, source: string, text: string) => {
    if (level !== 'information') process.stderr.write(`${source}: ${text}\n`)
  }
  try {
    const { baseUrl, stop } = await serve({ hostname, port: Number(port), env: process.env, log })
    return { url: baseUrl, stop }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new UsageError(`Port ${port} is in use.`, `If Ringback uses it, name it with --url ${DEFAULT_URL}.`)
  }
}
