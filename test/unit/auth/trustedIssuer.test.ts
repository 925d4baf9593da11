import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test, vi } from 'vitest'
import { AccessTokens } from '../../../shared/auth/accessTokens.js'
import { startIssuer } from '../../support/issuer.js'

const AUDIENCE = 'api://ringback'
const applicationId = randomUUID()
const CLAIMS = { azp: applicationId, roles: ['Calls.Initiate.All'] }
const HALF_MINUTE = 30_000
const MINUTE = 60_000

async function startTrustedIssuers(count = 1) {
  const issuers = await Promise.all(Array.from({ length: count }, () => startIssuer(randomUUID(), AUDIENCE)))
  onTestFinished(async () => {
    for (const issuer of issuers) await issuer.close()
  })
  const clock = { now: Date.now() }
  const trusted = { issuers: issuers.map(({ issuer }) => issuer), audiences: [AUDIENCE, randomUUID()] }
  const tokens = new AccessTokens(undefined, trusted, () => clock.now)
  const verify = async (token: string) => tokens.verify(`Bearer ${token}`)
  return { issuers: issuers as [(typeof issuers)[0], ...typeof issuers], clock, verify }
}

test('the tokens of several issuers are valid under their own keys, which are fetched once', async () => {
  const { issuers, verify } = await startTrustedIssuers(2)
  for (const issuer of issuers) {
    for (let count = 0; count < 3; count++) {
      expect(await verify(await issuer.sign(CLAIMS))).toEqual({
        applicationId,
        tenantId: issuer.tenantId,
        isForAnyTenant: false,
        roles: new Set(['calls.initiate.all']),
      })
    }
    expect(issuer.requestedPaths).toEqual([`/${issuer.tenantId}/v2.0/.well-known/openid-configuration`, '/keys'])
  }
})

test('a version 1 token of Entra ID names its application in the claim appid', async () => {
  const { issuers, verify } = await startTrustedIssuers()
  const token = await issuers[0].sign({ appid: applicationId })
  expect(await verify(token)).toMatchObject({ applicationId, roles: new Set() })
})

test('a token that claims another issuer is refused', async () => {
  const { issuers, verify } = await startTrustedIssuers(2)
  const [issuer, other] = issuers
  await expect(verify(await issuer.sign({ ...CLAIMS, iss: other?.issuer }))).rejects.toMatchObject({ status: 401 })
})

test('the claim any_tenant has no effect in the token of a trusted issuer', async () => {
  const { issuers, verify } = await startTrustedIssuers()
  expect(await verify(await issuers[0].sign({ ...CLAIMS, any_tenant: true }))).toMatchObject({ isForAnyTenant: false })
})

test('twenty tokens with unknown keys within half a minute cause no further request for keys', async () => {
  const { issuers, verify } = await startTrustedIssuers()
  const [issuer] = issuers
  await verify(await issuer.sign(CLAIMS))
  for (let count = 0; count < 20; count++) {
    const unknown = await issuer.sign(CLAIMS, { kid: `no such key ${count}` })
    await expect(verify(unknown)).rejects.toMatchObject({ status: 401 })
  }
  expect(issuer.requestedPaths.filter((path) => path === '/keys')).toHaveLength(1)
})

/** Advances the injected clock and `Date`, which jose reads. */
function advance(clock: { now: number }, ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: clock.now + ms })
  onTestFinished(() => void vi.useRealTimers())
  clock.now += ms
}

test('after a rotation the new key is valid, and the old one as long as its issuer publishes it', async () => {
  const { issuers, clock, verify } = await startTrustedIssuers()
  const [issuer] = issuers
  const old = await issuer.sign(CLAIMS)
  await verify(old)
  await issuer.rotateKey(true)
  advance(clock, HALF_MINUTE + 1_000)
  expect(await verify(await issuer.sign(CLAIMS))).toMatchObject({ applicationId })
  expect(await verify(old)).toMatchObject({ applicationId })
  await issuer.rotateKey(false)
  advance(clock, 10 * MINUTE)
  await expect(verify(old)).rejects.toMatchObject({ status: 401 })
  expect(await verify(await issuer.sign(CLAIMS))).toMatchObject({ applicationId })
})

test('the last known keys of an issuer that does not answer stay valid for a day', async () => {
  const { issuers, clock, verify } = await startTrustedIssuers()
  const [issuer] = issuers
  await verify(await issuer.sign(CLAIMS))
  issuer.answerInstead = () => ({ status: 500, body: '' })
  advance(clock, 23 * 60 * MINUTE)
  expect(await verify(await issuer.sign(CLAIMS))).toMatchObject({ applicationId })
  await issuer.rotateKey(true)
  await expect(verify(await issuer.sign(CLAIMS))).rejects.toMatchObject({ status: 503 })
  issuer.answerInstead = undefined
  advance(clock, HALF_MINUTE)
  const newer = await issuer.sign(CLAIMS)
  expect(await verify(newer)).toMatchObject({ applicationId })
  issuer.answerInstead = () => ({ status: 500, body: '' })
  advance(clock, 24 * 60 * MINUTE + 1)
  await expect(verify(await issuer.sign(CLAIMS))).rejects.toMatchObject({ status: 503 })
})

test('a token of an issuer that does not answer gets 503, and the next request to it waits 30 seconds', async () => {
  const { issuers, clock, verify } = await startTrustedIssuers()
  const [issuer] = issuers
  const token = await issuer.sign(CLAIMS)
  issuer.answerInstead = () => ({ status: 500, body: '' })
  const unavailable = { status: 503, headers: { 'Retry-After': '30' } }
  await expect(verify(token)).rejects.toMatchObject(unavailable)
  issuer.answerInstead = undefined
  await expect(verify(token)).rejects.toMatchObject(unavailable)
  expect(issuer.requestedPaths).toHaveLength(1)
  clock.now += HALF_MINUTE
  expect(await verify(token)).toMatchObject({ applicationId })
})

test.each([
  ['is not JSON', '<html>'],
  ['names another issuer', JSON.stringify({ issuer: 'https://evil.example', jwks_uri: 'https://evil.example/keys' })],
  ['names no keys', '{}'],
])('a document of metadata that %s makes its issuer unavailable', async (_, body) => {
  const { issuers, verify } = await startTrustedIssuers()
  const [issuer] = issuers
  issuer.answerInstead = () => ({ status: 200, body })
  await expect(verify(await issuer.sign(CLAIMS))).rejects.toMatchObject({ status: 503 })
})

test('the metadata of another trusted issuer makes an issuer unavailable', async () => {
  const { issuers, verify } = await startTrustedIssuers(2)
  const [issuer, other = issuer] = issuers
  const token = await other.sign({ ...CLAIMS, iss: issuer.issuer })
  const metadata = { issuer: other.issuer, jwks_uri: `${new URL(other.issuer).origin}/keys` }
  issuer.answerInstead = () => ({ status: 200, body: JSON.stringify(metadata) })
  await expect(verify(token)).rejects.toMatchObject({ status: 503 })
})

test('a redirect of the metadata is not followed, because it could lead to a URL of an attacker', async () => {
  const { issuers, verify } = await startTrustedIssuers()
  const [issuer] = issuers
  const metadata = { issuer: issuer.issuer, jwks_uri: `${new URL(issuer.issuer).origin}/keys` }
  issuer.answerInstead = (path) => {
    if (path === '/elsewhere') return { status: 200, body: JSON.stringify(metadata) }
    return path === '/keys' ? undefined : { status: 302, body: '', location: '/elsewhere' }
  }
  await expect(verify(await issuer.sign(CLAIMS))).rejects.toMatchObject({ status: 503 })
  expect(issuer.requestedPaths).not.toContain('/elsewhere')
})

test.each(['', '{}', '{"keys":7}'])('the key list %j makes its issuer unavailable', async (body) => {
  const { issuers, verify } = await startTrustedIssuers()
  const [issuer] = issuers
  issuer.answerInstead = (path) => (path === '/keys' ? { status: 200, body } : undefined)
  await expect(verify(await issuer.sign(CLAIMS))).rejects.toMatchObject({ status: 503 })
})
