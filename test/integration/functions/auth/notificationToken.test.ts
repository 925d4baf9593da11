import { createRemoteJWKSet, jwtVerify } from 'jose'
import { expect, inject, test } from 'vitest'
import { COMMUNICATIONS, establishCall, newBot } from '../../../support/scenarios.js'
import { send } from '../../../support/testBot.js'

const baseUrl = inject('baseUrl')

test.each([
  '/v1/.well-known/OpenIdConfiguration',
  '/v1/.well-known/openidconfiguration',
  '/V1/.WELL-KNOWN/OPENIDCONFIGURATION',
  '/v1/.well-known/openid-configuration',
])('the metadata of notification tokens is at %s', async (path) => {
  expect(await send(baseUrl, 'GET', path)).toMatchObject({
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
  '/v1/.well-known/keys',
  '/v1/.well-known/OpenIdConfiguration',
  '/common/discovery/v2.0/keys',
  '/common/v2.0/.well-known/openid-configuration',
  '/common/.well-known/openid-configuration',
])('a client may cache %s for a day, and must not cache the state of the service', async (path) => {
  const readCacheControl = async (address: string) => (await send(baseUrl, 'GET', address)).headers.get('cache-control')
  expect(await readCacheControl(path)).toBe('public, max-age=86400')
  expect(await readCacheControl('/health')).toBeNull()
})

test('a notification token has the bot as its audience and verifies against the published keys', async () => {
  const bot = await newBot()
  await establishCall(bot, COMMUNICATIONS)
  const [scheme, token = ''] = bot.received[0]?.headers.authorization?.split(' ') ?? []
  const { body: metadata } = await send(baseUrl, 'GET', '/v1/.well-known/OpenIdConfiguration')

  expect(scheme).toBe('Bearer')
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(metadata.jwks_uri)), {
    issuer: metadata.issuer,
    audience: bot.applicationId,
    requiredClaims: ['iat', 'nbf', 'exp'],
  })
  expect(payload.tid).toBe(bot.tenantId)
})

test('the keys of notifications differ from the keys of access tokens and contain nothing private', async () => {
  const { body } = await send(baseUrl, 'GET', '/v1/keys')
  const { body: access } = await send(baseUrl, 'GET', '/common/discovery/v2.0/keys')

  expect(body.keys).toEqual([
    { kty: 'RSA', n: expect.any(String), e: 'AQAB', alg: 'RS256', use: 'sig', kid: expect.any(String) },
  ])
  expect(body.keys[0].kid).not.toBe(access.keys[0].kid)
})

test('a library that knows only the address of the keys at login.botframework.com gets the same keys', async () => {
  const { body } = await send(baseUrl, 'GET', '/v1/.well-known/keys')
  expect(body).toEqual((await send(baseUrl, 'GET', '/v1/keys')).body)
})
