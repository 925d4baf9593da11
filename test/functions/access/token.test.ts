import { randomUUID } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { expect, inject, test } from 'vitest'
import { fetchToken, send } from '../../support/bot.js'
import { GUID } from '../helpers.js'

const baseUrl = inject('baseUrl')
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

async function post(tenant: string, form: Record<string, string>) {
  return send(baseUrl, undefined, 'POST', `/${tenant}/oauth2/v2.0/token`, new URLSearchParams(form).toString(), FORM)
}
const credentials = () => ({ grant_type: 'client_credentials', client_id: randomUUID(), client_secret: 'anything' })

test('any GUID gets a token for an hour, whatever its secret', async () => {
  const form = credentials()
  const tenantId = randomUUID()
  const { status, body } = await post(tenantId, form)

  expect(status).toBe(200)
  expect(body).toEqual({ token_type: 'Bearer', expires_in: 3600, access_token: expect.any(String) })
  const { iat = 0, nbf, exp, ...claims } = decodeJwt(body.access_token)
  expect([nbf, exp]).toEqual([iat, iat + 3600])
  expect(claims).toMatchObject({
    aud: 'https://graph.microsoft.com',
    appid: form.client_id,
    azp: form.client_id,
    tid: tenantId,
    roles: expect.arrayContaining(['Calls.Initiate.All', 'Simulator.Control']),
  })
})

test('a token has only the roles that its form asks for', async () => {
  const { body } = await post('common', { ...credentials(), roles: 'Calls.Initiate.All Bots.ReadWrite.All' })

  expect(decodeJwt(body.access_token).roles).toEqual(['Calls.Initiate.All', 'Bots.ReadWrite.All'])
})

test('a tenant that is not named by a GUID always gets the same one', async () => {
  const tenantOf = async (name: string) => decodeJwt((await post(name, credentials())).body.access_token).tid
  const contoso = await tenantOf('contoso.example')

  expect(contoso).toMatch(GUID)
  expect(await tenantOf('CONTOSO.example')).toBe(contoso)
  expect(await tenantOf('fabrikam.example')).not.toBe(contoso)
})

test('a form that some clients pad with line ends is read all the same', async () => {
  const { grant_type, ...rest } = credentials()
  const reply = await post('common', { ...rest, 'grant_type\r\n': ` ${grant_type}\r\n` })

  expect(reply.status).toBe(200)
})

test('padded fields, and a form that does not say that it is one, as some bots send it', async () => {
  const { grant_type, client_id } = credentials()
  const form = `grant_type=${grant_type}\r\n&client_id=%20${client_id}%0A&\r\n client_secret=any&scope= .default \n`
  const response = await fetch(`${baseUrl}/common/oauth2/v2.0/token`, { method: 'POST', body: Buffer.from(form) })

  expect(response.status).toBe(200)
  expect(decodeJwt(((await response.json()) as { access_token: string }).access_token).appid).toBe(client_id)
})

const scopes = [
  'https://graph.microsoft.com/.default',
  'https://graph.microsoft.com//.default',
  '.default',
  'https://api.botframework.com/.default',
]
const tenants = [randomUUID(), 'contoso.example', 'common', 'organizations', 'botframework.com']

test.each(scopes.flatMap((scope) => tenants.map((tenant) => ({ scope, tenant }))))(
  'the scope $scope gets a token in the tenant $tenant',
  async ({ scope, tenant }) => {
    const { status, body } = await post(tenant, { ...credentials(), scope })
    expect(status).toBe(200)
    const used = await send(baseUrl, body.access_token, 'GET', `/v1.0/communications/calls/${randomUUID()}`)
    expect(used.body.error.code).toBe('8522')
  },
)

test('the older endpoint names a resource, and writes its numbers as texts', async () => {
  const form = new URLSearchParams({ ...credentials(), resource: 'https://graph.microsoft.com' }).toString()
  const { status, body } = await send(baseUrl, undefined, 'POST', '/contoso.example/oauth2/token', form, FORM)

  expect(status).toBe(200)
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: '3600', resource: 'https://graph.microsoft.com' })
  expect(Number(body.expires_on) - Number(body.not_before)).toBe(3600)
  const used = await send(baseUrl, body.access_token, 'GET', `/v1.0/communications/calls/${randomUUID()}`)
  expect(used.body.error.code).toBe('8522')
  const refused = await send(baseUrl, undefined, 'POST', '/contoso.example/oauth2/token', 'grant_type=password', FORM)
  expect(refused).toMatchObject({ status: 400, body: { error: 'unsupported_grant_type' } })
})

test('a library that does not know the authority finds out about it', async () => {
  const authority = `${baseUrl}/contoso.example/oauth2/v2.0/authorize`
  const path = `/common/discovery/instance?api-version=1.1&authorization_endpoint=${encodeURIComponent(authority)}`
  const { status, body } = await send(baseUrl, undefined, 'GET', path)
  const { host } = new URL(baseUrl)

  expect(status).toBe(200)
  expect(body.metadata).toEqual([{ preferred_network: host, preferred_cache: host, aliases: [host] }])
  const metadata = await (await fetch(body.tenant_discovery_endpoint)).json()
  expect(metadata).toMatchObject({ token_endpoint: `${baseUrl}/contoso.example/oauth2/v2.0/token` })
  const older = await send(baseUrl, undefined, 'GET', '/contoso.example/.well-known/openid-configuration')
  expect(older.body).toMatchObject({ token_endpoint: `${baseUrl}/contoso.example/oauth2/token` })

  const refused = await send(baseUrl, undefined, 'GET', '/common/discovery/instance')
  expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
})

test.each([
  ['another grant', { grant_type: 'password' }, 'unsupported_grant_type'],
  ['no grant', { grant_type: '' }, 'unsupported_grant_type'],
  ['a client id that is not a GUID', { client_id: 'my-bot' }, 'invalid_client'],
  ['no client id', { client_id: '' }, 'invalid_client'],
])('%s is refused in the words of OAuth', async (_, change, error) => {
  expect(await post('common', { ...credentials(), ...change })).toMatchObject({
    status: 400,
    body: { error, error_description: expect.stringContaining(Object.keys(change)[0] ?? '') },
  })
})

test.each([randomUUID(), 'common', 'contoso.example'])(
  'a client that knows only the metadata of the tenant %s can check its tokens',
  async (tenant) => {
    const { status, body: metadata } = await send(
      baseUrl,
      undefined,
      'GET',
      `/${tenant}/v2.0/.well-known/openid-configuration`,
    )
    expect(status).toBe(200)
    expect(metadata.token_endpoint).toBe(`${baseUrl}/${tenant}/oauth2/v2.0/token`)

    const applicationId = randomUUID()
    const token = await fetchToken(baseUrl, { tenantId: tenant, applicationId })
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(metadata.jwks_uri)), {
      issuer: metadata.issuer,
      audience: 'https://graph.microsoft.com',
    })
    expect(payload.appid).toBe(applicationId)
  },
)

test('the published keys hold nothing private', async () => {
  const { body } = await send(baseUrl, undefined, 'GET', '/common/discovery/v2.0/keys')

  expect(body.keys).toEqual([
    { kty: 'RSA', n: expect.any(String), e: 'AQAB', alg: 'RS256', use: 'sig', kid: expect.any(String) },
  ])
})
