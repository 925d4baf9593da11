import { createRemoteJWKSet, jwtVerify } from 'jose'
import { expect, inject, test } from 'vitest'
import { send } from '../../../support/bot.js'
import { COMMUNICATIONS, establishCall, newBot } from '../../../support/bots.js'

const baseUrl = inject('baseUrl')

test.each([
  '/v1/.well-known/OpenIdConfiguration',
  '/v1/.well-known/openidconfiguration',
  '/V1/.WELL-KNOWN/OPENIDCONFIGURATION',
])('the metadata of notifications is at %s', async (path) => {
  expect(await send(baseUrl, undefined, 'GET', path)).toMatchObject({
    status: 200,
    body: {
      issuer: 'https://api.botframework.com',
      jwks_uri: `${baseUrl}/v1/keys`,
      id_token_signing_alg_values_supported: ['RS256'],
    },
  })
})

test.each([
  '/v1/keys',
  '/v1/.well-known/OpenIdConfiguration',
  '/common/discovery/v2.0/keys',
  '/common/v2.0/.well-known/openid-configuration',
  '/common/.well-known/openid-configuration',
])('%s may be kept for a day, and what is about one moment may not', async (path) => {
  const cacheControl = async (address: string) =>
    (await send(baseUrl, undefined, 'GET', address)).headers.get('cache-control')
  expect(await cacheControl(path)).toBe('public, max-age=86400')
  expect(await cacheControl('/health')).toBeNull()
})

test('the token of a notification is made out to the bot, and passes the check against the published keys', async () => {
  const bot = await newBot()
  await establishCall(bot, COMMUNICATIONS)
  const [scheme, token = ''] = bot.received[0]?.headers.authorization?.split(' ') ?? []
  const { body: metadata } = await send(baseUrl, undefined, 'GET', '/v1/.well-known/OpenIdConfiguration')

  expect(scheme).toBe('Bearer')
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(metadata.jwks_uri)), {
    issuer: metadata.issuer,
    audience: bot.applicationId,
    requiredClaims: ['iat', 'nbf', 'exp'],
  })
  expect(payload.tid).toBe(bot.tenantId)
})

test('the keys of notifications are not those of access tokens, and hold nothing private', async () => {
  const { body } = await send(baseUrl, undefined, 'GET', '/v1/keys')
  const { body: access } = await send(baseUrl, undefined, 'GET', '/common/discovery/v2.0/keys')

  expect(body.keys).toEqual([
    { kty: 'RSA', n: expect.any(String), e: 'AQAB', alg: 'RS256', use: 'sig', kid: expect.any(String) },
  ])
  expect(body.keys[0].kid).not.toBe(access.keys[0].kid)
})
