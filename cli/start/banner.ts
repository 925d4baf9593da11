import { DEFAULT_URL } from '../client.js'
import type { CheckedOptions } from './options.js'

interface DescribedService extends Pick<CheckedOptions, 'data' | 'storage' | 'hostNames'> {
  readonly url: string
  /** Undefined when it is not served. */
  readonly inspector: string | undefined
  /** The certificate of the authority that clients must trust, when it serves https. */
  readonly caFile: string | undefined
  /** Whether it issues the tokens itself. */
  readonly isLocal: boolean
  /** How the user starts this program. */
  readonly program: string
}

/** What `ringback start` prints when the service is ready. */
export function describeService(service: DescribedService): string {
  const { url, inspector, caFile, data, storage, hostNames } = service
  const kept = data ?? (storage === undefined ? 'in memory; --data DIRECTORY keeps them' : 'in the storage account')
  const trust = caFile ? `\n  Authority to trust:     ${caFile}` : ''
  const names = hostNames.length > 0 ? `\n  Host names:             ${hostNames.join(', ')}` : ''
  return `
Ringback is running: Microsoft Graph's calling API on this machine.

  Base URL for your bot:  ${url}/v1.0   (or ${url}/beta)
  Tokens:                 ${describeTokens(service)}
  Inspector:              ${inspector ?? 'off; INSPECTOR=true switches it on'}
  Calls and bots:         ${kept}${trust}${names}

Next, let a person call your bot, from a second terminal:

  ${describeCallCommand(service)}

Ctrl-C stops it.`
}

const describeTokens = ({ url, isLocal }: DescribedService): string =>
  isLocal
    ? `POST ${url}/{tenant}/oauth2/v2.0/token
                          (client credentials: any GUID as client_id, any text as client_secret)`
    : 'those of TOKEN_ISSUERS'

function describeCallCommand({ url, caFile, isLocal, program }: DescribedService): string {
  const token = isLocal ? '' : 'RINGBACK_TOKEN=... '
  const authority = caFile ? `NODE_EXTRA_CA_CERTS='${caFile}' ` : ''
  const option = url === DEFAULT_URL ? '' : ` --url ${url}`
  return `${token}${authority}${program} call${option} --bot http://localhost:3978/api/calls`
}
