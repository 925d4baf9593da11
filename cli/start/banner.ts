import type { CheckedOptions } from './options.js'

interface DescribedService extends Pick<CheckedOptions, 'data' | 'storage' | 'hostNames'> {
  readonly url: string
  readonly inspector: string
  /** The certificate of the authority that clients must trust, when it serves https. */
  readonly caFile: string | undefined
}

/** What `ringback start` prints when the service is ready. */
export function describeService({ url, inspector, caFile, data, storage, hostNames }: DescribedService): string {
  const kept = data ?? (storage === undefined ? 'in memory; --data DIRECTORY keeps them' : 'in the storage account')
  const trust = caFile ? `\n  Authority to trust:     ${caFile}` : ''
  const names = hostNames.length > 0 ? `\n  Host names:             ${hostNames.join(', ')}` : ''
  return `
Ringback is running: Microsoft Graph's calling API on this machine.

  Base URL for your bot:  ${url}/v1.0   (or ${url}/beta)
  Tokens:                 POST ${url}/{tenant}/oauth2/v2.0/token
                          (client credentials: any GUID as client_id, any text as client_secret)
  Inspector:              ${inspector}
  Calls and bots:         ${kept}${trust}${names}

Next, let a person call your bot, from a second terminal:

  ringback call${url === 'http://127.0.0.1:7071' ? '' : ` --url ${url}`} --bot http://localhost:3978/api/calls

Ctrl-C stops it.`
}
