import { randomUUID } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { expect, inject, test } from 'vitest'
import { GUID } from '../../../support/scenarios.js'
import { fetchToken, send } from '../../../support/testBot.js'

const baseUrl = inject('baseUrl')
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

async function postForm(tenant: string, form: Record<string, string>) {
  return send(baseUrl, 'POST', `/${tenant}/oauth2/v2.0/token`, {
    body: new URLSearchParams(form).toString(),
    headers: FORM,
  })
}
const newCredentials = () => ({ grant_type: 'client_credentials', client_id: randomUUID(), client_secret: 'anything' })

test('a client with any GUID and any secret gets a token for an hour', async () => {
  const form = newCredentials()
  const tenantId = randomUUID()
  const { status, body } = await postForm(tenantId, form)

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

test('a token has only the roles that the form asks for', async () => {
  const { body } = await postForm('common', { ...newCredentials(), roles: 'Calls.Initiate.All Bots.ReadWrite.All' })

  expect(decodeJwt(body.access_token).roles).toEqual(['Calls.Initiate.All', 'Bots.ReadWrite.All'])
})

test('a tenant name that is not a GUID always gets the same GUID', async () => {
  const readTenant = async (name: string) => decodeJwt((await postForm(name, newCredentials())).body.access_token).tid
  const contoso = await readTenant('contoso.example')

  expect(contoso).toMatch(GUID)
  expect(await readTenant('CONTOSO.example')).toBe(contoso)
  expect(await readTenant('fabrikam.example')).not.toBe(contoso)
})

test('a form that is padded with line ends, as some clients send it, is accepted', async () => {
  const { grant_type, ...rest } = newCredentials()
  const reply = await postForm('common', { ...rest, 'grant_type\r\n': ` ${grant_type}\r\n` })

  expect(reply.status).toBe(200)
})

test('a client names itself in the Authorization header', async () => {
  const { client_id, grant_type } = newCredentials()
  const headers = { ...FORM, authorization: `Basic ${Buffer.from(`${client_id}:any`).toString('base64')}` }
  const form = new URLSearchParams({ grant_type }).toString()
  const { status, body } = await send(baseUrl, 'POST', '/common/oauth2/v2.0/token', { body: form, headers })

  expect(status).toBe(200)
  expect(decodeJwt(body.access_token).appid).toBe(client_id)
})

test.each([
  ['another grant type', { grant_type: 'implicit' }, 'unsupported_grant_type'],
  ['no grant type', { grant_type: '' }, 'unsupported_grant_type'],
  ['a client id that is not a GUID', { client_id: 'my-bot' }, 'invalid_client'],
  ['no client id', { client_id: '' }, 'invalid_client'],
])('a form with %s returns an error of OAuth', async (_, change, error) => {
  expect(await postForm('common', { ...newCredentials(), ...change })).toMatchObject({
    status: 400,
    body: { error, error_description: expect.stringContaining(Object.keys(change)[0] ?? '') },
  })
})

test.each([randomUUID(), 'common', 'contoso.example'])(
  'a client that knows only the metadata of the tenant %s can verify its tokens',
  async (tenant) => {
    const { status, body: metadata } = await send(baseUrl, 'GET', `/${tenant}/v2.0/.well-known/openid-configuration`)
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

test('the published keys contain nothing private', async () => {
  const { body } = await send(baseUrl, 'GET', '/common/discovery/v2.0/keys')

  expect(body.keys).toEqual([
    { kty: 'RSA', n: expect.any(String), e: 'AQAB', alg: 'RS256', use: 'sig', kid: expect.any(String) },
  ])
})
