import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type RunningService, startService } from './serviceProcess.js'

const systemTrust = getCACertificates('default')

export interface HttpsService extends RunningService {
  /** Such as `https://localhost:7071`: the certificate is checked against the host name. */
  readonly origin: string
  /** Adds the service's authority to those that this process trusts, as NODE_EXTRA_CA_CERTS does, or removes it. */
  setTrust(isTrusted: boolean): void
}

/** Starts the service as `npm start -- --https` does. This process trusts its authority until the service stops. */
export async function startHttpsService(
  hostNames = '',
  settings: Record<string, string> = {},
  start = startService,
): Promise<HttpsService> {
  const args = ['--https', ...(hostNames ? ['--host-names', hostNames] : [])]
  const service = await start(settings, undefined, args)
  const ca = await readFile(join(service.keys, 'ca.crt'), 'utf8')
  const setTrust = (isTrusted: boolean) => setDefaultCACertificates(isTrusted ? [...systemTrust, ca] : systemTrust)
  setTrust(true)
  return {
    ...service,
    origin: service.baseUrl.replace('127.0.0.1', 'localhost'),
    setTrust,
    stop: async () => {
      setTrust(false)
      await service.stop()
    },
  }
}
