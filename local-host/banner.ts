const SAMPLE_TENANT = '2432b57b-0abd-43db-aa7b-16eadd115d34'
const SAMPLE_APPLICATION = '00a8b1e6-1a1c-4a3d-9c53-2f0b4a1f7c11'
/** The default of GRAPH_BASE_URL in examples/bot. */
const SAMPLE_BOT_SERVICE = 'http://127.0.0.1:7071'

/** The text that `npm start` prints when the service is ready: its URLs, how to trust it, and what to do next. */
export function describeService(baseUrl: string, hostNames: readonly string[], caFile: string | undefined): string {
  const curl = caFile ? `curl --cacert '${caFile}'` : 'curl'
  return `
Ringback is running: Microsoft Graph's calling API on this machine.

  Base URL for your bot:  ${baseUrl}/v1.0   (or ${baseUrl}/beta)
  Current API:            POST ${baseUrl}/v1.0/communications/calls
  2019 API:               POST ${baseUrl}/beta/app/calls
  Tokens:                 POST ${baseUrl}/{tenant}/oauth2/v2.0/token
                          (client credentials: any GUID as client_id, any text as client_secret)
  Inspector:              ${baseUrl}/inspector   (watch calls, and take part in them, in a browser)
${caFile ? describeTrust(caFile) : ''}${hostNames.length > 0 ? describeHostNames(baseUrl, hostNames, caFile) : ''}
Next, start the sample bot in a second terminal:

${describeBotCommand(baseUrl, caFile)}

Then get a token, register the bot and let Megan Bowen call it. Paste this into a third terminal:

TOKEN=$(${curl} -s ${baseUrl}/${SAMPLE_TENANT}/oauth2/v2.0/token \\
  -d grant_type=client_credentials -d client_id=${SAMPLE_APPLICATION} -d client_secret=any \\
  -d scope=https://graph.microsoft.com/.default | sed -E 's/.*"access_token": *"([^"]+)".*/\\1/')
${curl} -w '\\n' -X PUT ${baseUrl}/bots/${SAMPLE_APPLICATION} \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"displayName":"My bot","tenantId":"${SAMPLE_TENANT}","dialect":"app",
       "callingWebhook":"http://localhost:3978/api/calls"}'
${curl} -w '\\n' -X POST ${baseUrl}/simulator/calls \\
  -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
  -d '{"to":{"application":{"id":"${SAMPLE_APPLICATION}"}},"from":{"user":{"id":"megan","displayName":"Megan Bowen"}}}'

Ctrl-C stops Ringback.
ready`
}

const describeTrust = (caFile: string) => `
Clients must trust the authority that signed the certificate. Set this where your bot runs:

  Node.js:  export NODE_EXTRA_CA_CERTS='${caFile}'
  .NET:     export SSL_CERT_FILE='${caFile}'   (Linux; on other systems add it to the trusted roots)
  Python:   export SSL_CERT_FILE='${caFile}' REQUESTS_CA_BUNDLE='${caFile}'
`

/**
 * How a bot with hard-coded host names reaches the service: through a proxy, which is for https only, or by the hosts
 * file, which cannot change the port that the bot uses.
 */
function describeHostNames(baseUrl: string, hostNames: readonly string[], caFile: string | undefined): string {
  const isDefaultPort = new URL(baseUrl).port === ''
  const [validity, add] = caFile
    ? ['The certificate is also valid for', 'Start the proxy of docs/clients.md (Bots with hard-coded hosts), or add']
    : ['The service also accepts the host names', 'Add']
  const portAdvice =
    isDefaultPort || !caFile
      ? ''
      : '\nFor the hosts file also start with PORT=443: a bot uses these names without a port.\n'
  return `
${validity} ${hostNames.join(', ')}.
${add} this line to the hosts file of your bot's machine:

  127.0.0.1 ${hostNames.join(' ')}
${portAdvice}`
}

function describeBotCommand(baseUrl: string, caFile: string | undefined): string {
  const graph = baseUrl === SAMPLE_BOT_SERVICE ? '' : `GRAPH_BASE_URL=${baseUrl} `
  const authority = caFile ? `NODE_EXTRA_CA_CERTS='${caFile}' ` : ''
  return `${graph}${authority}npm run bot`
}
