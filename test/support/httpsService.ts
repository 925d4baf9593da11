import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type RunningService, startService } from './service.js'

const systemTrust = getCACertificates('default')

export interface HttpsService extends RunningService {
  /** As in `https://localhost:7071`, since clients know hosts by their names. */
  readonly origin: string
  /** Makes this process trust it, as NODE_EXTRA_CA_CERTS does, or no more. */
  trust(trusted: boolean): void
}

/** The service as `npm start -- --https` runs it; this process trusts its authority until it is stopped. */
export async function startHttpsService(hostNames = ''): Promise<HttpsService> {
  const args = ['--https', ...(hostNames ? ['--host-names', hostNames] : [])]
  const service = await startService({}, undefined, args)
  const ca = await readFile(join(service.keys, 'ca.crt'), 'utf8')
  const trust = (trusted: boolean) => setDefaultCACertificates(trusted ? [...systemTrust, ca] : systemTrust)
  trust(true)
  return {
    ...service,
    origin: service.baseUrl.replace('127.0.0.1', 'localhost'),
    trust,
    stop: async () => {
      trust(false)
      await service.stop()
    },
  }
}
