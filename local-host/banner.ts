const SAMPLE_TENANT = '2432b57b-0abd-43db-aa7b-16eadd115d34'
const SAMPLE_APPLICATION = '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11'

/** What `npm start` says when it is ready: the addresses, how to trust them, and what to do next. */
export function describeService(baseUrl: string, hostNames: readonly string[], caFile: string | undefined): string {
  const curl = caFile ? `curl --cacert '${caFile}'` : 'curl'
  return `
Ringback runs Microsoft Graph's calling API here.

  Base URL for your bot:  ${baseUrl}/v1.0   (or ${baseUrl}/beta)
  Calls, today's API:     ${baseUrl}/v1.0/communications/calls
  Calls, the API of 2019: ${baseUrl}/beta/app/calls
  Tokens:                 POST ${baseUrl}/{tenant}/oauth2/v2.0/token
                          (client credentials: client_id any GUID, client_secret anything)
${caFile ? trust(caFile) : ''}${hostNames.length > 0 ? names(baseUrl, hostNames) : ''}
Get a token and register a bot; paste this into another terminal:

TOKEN=$(${curl} -s ${baseUrl}/${SAMPLE_TENANT}/oauth2/v2.0/token \\
  -d grant_type=client_credentials -d client_id=${SAMPLE_APPLICATION} -d client_secret=anything \\
  -d scope=https://graph.microsoft.com/.default | sed -E 's/.*"access_token": *"([^"]+)".*/\\1/')
${curl} -i -X PUT ${baseUrl}/bots/${SAMPLE_APPLICATION} \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"displayName":"My bot","tenantId":"${SAMPLE_TENANT}","callingWebhook":"http://localhost:3978/api/calls"}'

Ctrl-C ends it.
ready`
}

const trust = (caFile: string) => `
Clients must trust the authority that has signed its certificate; set this where your bot runs:

  Node.js:  export NODE_EXTRA_CA_CERTS='${caFile}'
  .NET:     export SSL_CERT_FILE='${caFile}'   (Linux; elsewhere add it to the trusted roots)
  Python:   export SSL_CERT_FILE='${caFile}' REQUESTS_CA_BUNDLE='${caFile}'
`

/** A bot with hard-coded addresses finds the service when the names lead here, and only at the port that they have. */
function names(baseUrl: string, hostNames: readonly string[]): string {
  const port = new URL(baseUrl).port === '' ? '' : ' and start with PORT=443, since these names come without a port'
  return `
It is ${hostNames.join(', ')} as well. Put this into the hosts file of your bot's machine${port}:

  127.0.0.1 ${hostNames.join(' ')}
`
}
