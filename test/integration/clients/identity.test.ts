import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { expect, inject, test } from 'vitest'
import { send } from '../../support/testBot.js'

const baseUrl = inject('baseUrl')
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const SCOPES = [
  'https://graph.microsoft.com/.default',
  'https://graph.microsoft.com//.default',
  '.default',
  'https://api.botframework.com/.default',
]
const TENANTS = [randomUUID(), 'contoso.example', 'common', 'organizations', 'botframework.com']
const credentials = () => ({ grant_type: 'client_credentials', client_id: randomUUID(), client_secret: 'any' })

/** Checks that the service accepts the token: only then does it report that the call does not exist. */
async function expectAccepted(token: string): Promise<void> {
  const { body } = await send(baseUrl, 'GET', `/v1.0/communications/calls/${randomUUID()}`, { token })
  expect(body.error.code).toBe('8522')
}

test('32. the service issues tokens for every scope and tenant, for the v1 form, and for an untyped form', async () => {
  for (const scope of SCOPES) {
    for (const tenant of TENANTS) {
      const form = new URLSearchParams({ ...credentials(), scope }).toString()
      const { status, body } = await send(baseUrl, 'POST', `/${tenant}/oauth2/v2.0/token`, {
        body: form,
        headers: FORM,
      })
      expect([status, body.token_type, body.expires_in]).toEqual([200, 'Bearer', 3600])
      await expectAccepted(body.access_token)
    }
  }

  const resource = 'https://graph.microsoft.com'
  const v1Form = new URLSearchParams({ ...credentials(), resource }).toString()
  const { status, body } = await send(baseUrl, 'POST', '/contoso.example/oauth2/token', { body: v1Form, headers: FORM })
  expect(status).toBe(200)
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: '3600', resource })
  expect(Number(body.expires_on) - Number(body.not_before)).toBe(3600)
  await expectAccepted(body.access_token)

  const { grant_type, client_id } = credentials()
  const padded = `grant_type=${grant_type}\r\n&client_id=%20${client_id}%0A&\r\n client_secret=any&scope= .default \n`
  // fetch sends no Content-Type with a Buffer.
  const response = await fetch(`${baseUrl}/common/oauth2/v2.0/token`, { method: 'POST', body: Buffer.from(padded) })
  const { access_token } = (await response.json()) as { access_token: string }
  expect(decodeJwt(access_token).appid).toBe(client_id)
})

test('33. instance discovery describes the authority to a library that does not know it', async () => {
  const authority = `${baseUrl}/contoso.example/oauth2/v2.0/authorize`
  const path = `/common/discovery/instance?api-version=1.1&authorization_endpoint=${encodeURIComponent(authority)}`
  const { status, body } = await send(baseUrl, 'GET', path)
  const { host } = new URL(baseUrl)

  expect(status).toBe(200)
  expect(body.metadata).toEqual([{ preferred_network: host, preferred_cache: host, aliases: [host] }])
  const metadata = await (await fetch(body.tenant_discovery_endpoint)).json()
  expect(metadata).toMatchObject({ token_endpoint: `${baseUrl}/contoso.example/oauth2/v2.0/token` })
  // MSAL refuses an issuer of another origin.
  expect(new URL((metadata as { issuer: string }).issuer).origin).toBe(baseUrl)
  const v1Metadata = await send(baseUrl, 'GET', '/contoso.example/.well-known/openid-configuration')
  expect(v1Metadata.body).toMatchObject({ token_endpoint: `${baseUrl}/contoso.example/oauth2/token` })

  const refused = await send(baseUrl, 'GET', '/common/discovery/instance')
  expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
})
