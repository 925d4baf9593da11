import { randomUUID } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { expect, inject, test } from 'vitest'
import { fetchToken, send } from '../../../support/bot.js'
import { GUID } from '../../../support/bots.js'

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

test('a client may name itself in the Authorization header', async () => {
  const { client_id, grant_type } = credentials()
  const headers = { ...FORM, authorization: `Basic ${Buffer.from(`${client_id}:any`).toString('base64')}` }
  const form = new URLSearchParams({ grant_type }).toString()
  const { status, body } = await send(baseUrl, undefined, 'POST', '/common/oauth2/v2.0/token', form, headers)

  expect(status).toBe(200)
  expect(decodeJwt(body.access_token).appid).toBe(client_id)
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
