import { randomUUID } from 'node:crypto'
import { decodeJwt } from 'jose'
import { expect, inject, test } from 'vitest'
import { COMMUNICATIONS, expectError } from '../../../support/scenarios.js'
import { send } from '../../../support/testBot.js'

// Delegated tokens, for bots that sign users in first. They are issued, but the calls API refuses them, like Graph.

const baseUrl = inject('baseUrl')
const GRAPH_SCOPE = 'https://graph.microsoft.com/User.Read https://graph.microsoft.com/Mail.Send openid offline_access'

async function askForToken(form: Record<string, string>, path = '/common/oauth2/v2.0/token', headers = {}) {
  return send(baseUrl, 'POST', path, { body: new URLSearchParams(form).toString(), headers })
}

test.each([
  ['authorization_code', { code: 'any' }],
  ['password', { username: 'megan@contoso.example', password: 'any' }],
  ['refresh_token', { refresh_token: 'any' }],
])('the grant %s gives a delegated token, with and without a client secret', async (grant_type, proof) => {
  const form = { grant_type, client_id: randomUUID(), scope: GRAPH_SCOPE, ...proof }
  for (const secret of [{}, { client_secret: 'any' }]) {
    const { status, body } = await askForToken({ ...form, ...secret } as Record<string, string>)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'User.Read Mail.Send',
      refresh_token: 'any',
    })
    expect(decodeJwt(body.access_token)).toMatchObject({
      scp: 'User.Read Mail.Send',
      azp: form.client_id,
      idtyp: 'user',
    })
    expect(decodeJwt(body.access_token)).not.toHaveProperty('roles')
    expect(decodeJwt(body.id_token)).toMatchObject({ aud: form.client_id })
  }
})

test('tokens for one user always name the same subject, and the calls API rejects them', async () => {
  const form = { grant_type: 'password', client_id: randomUUID(), username: 'megan', password: 'any' }
  const [first, second] = [await askForToken(form), await askForToken(form, '/common/oauth2/token')]
  expect(decodeJwt(second.body.access_token).sub).toBe(decodeJwt(first.body.access_token).sub)
  const reply = await send(baseUrl, 'GET', `${COMMUNICATIONS.calls}/${randomUUID()}`, {
    token: first.body.access_token,
  })
  expectError(reply, { status: 403, code: '7504', says: 'A delegated token is not supported' })
})

test.each([
  [{ grant_type: 'password' }, 'username: is required for grant_type password.'],
  [{ grant_type: 'refresh_token' }, 'refresh_token: is required for grant_type refresh_token.'],
  [{ grant_type: 'authorization_code' }, 'code: is required for grant_type authorization_code.'],
])('%j is a 400 that names the missing field', async (fields, error_description) => {
  const { status, body } = await askForToken({ client_id: randomUUID(), ...fields })
  expect(status).toBe(400)
  expect(body).toEqual({ error: 'invalid_request', error_description })
})

test('a form without a Content-Type is read', async () => {
  const form = `grant_type=client_credentials&client_id=${randomUUID()}&client_secret=any`
  const body = new Blob([form])
  const response = await fetch(`${baseUrl}/common/oauth2/v2.0/token`, { method: 'POST', body })
  expect(response.status).toBe(200)
})
