// A bot that only knows Microsoft's addresses. It calls a person, verifies the token of each notification and hangs up.
import { createServer } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const [TENANT, APPLICATION] = ['2432b57b-0abd-43db-aa7b-16eadd115d34', '7d3c1f0e-9a51-4a0c-8f5d-2b6f0c9d4e11']
const GRAPH = 'https://graph.microsoft.com/v1.0/communications/calls'

const form = { grant_type: 'client_credentials', client_id: APPLICATION, client_secret: 'any' }
const authority = await fetch(`https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`, {
  method: 'POST',
  body: new URLSearchParams({ ...form, scope: 'https://graph.microsoft.com/.default' }),
})
const { access_token } = await authority.json()
const headers = { Authorization: `Bearer ${access_token}`, 'Content-Type': 'application/json' }
const metadata = await (await fetch('https://api.aps.skype.com/v1/.well-known/OpenIdConfiguration')).json()
const keys = createRemoteJWKSet(new URL(metadata.jwks_uri))

const server = createServer(async (request, response) => {
  const token = request.headers.authorization?.split(' ')[1] ?? ''
  const { payload } = await jwtVerify(token, keys, { issuer: 'https://api.botframework.com', audience: APPLICATION })
  if (payload.tid !== TENANT) throw new Error('another tenant')
  const { changeType, resourceUrl, resourceData } = JSON.parse(Buffer.concat(await request.toArray()).toString())
    .value[0]
  response.writeHead(202).end()
  console.log(changeType, resourceData.mediaState ? 'audio' : resourceData.state)
  if (resourceData.mediaState)
    await fetch(`https://graph.microsoft.com/v1.0${resourceUrl}`, { method: 'DELETE', headers })
  if (changeType === 'deleted') server.close().closeIdleConnections()
}).listen(0, '127.0.0.1', async () => {
  const callbackUri = `http://127.0.0.1:${server.address().port}/api/calls`
  const mediaConfig = { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' }
  const targets = [{ identity: { user: { id: 'heidi', displayName: 'Heidi Steen' } } }]
  const reply = await fetch(GRAPH, {
    method: 'POST',
    headers,
    body: JSON.stringify({ callbackUri, mediaConfig, targets }),
  })
  console.log(reply.status, reply.headers.get('location')?.startsWith(GRAPH))
})
