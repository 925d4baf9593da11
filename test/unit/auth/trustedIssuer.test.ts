import { randomUUID } from 'node:crypto'
import { expect, onTestFinished, test, vi } from 'vitest'
import { AccessTokens } from '../../../shared/auth/accessTokens.js'
import { startIssuer } from '../../support/issuer.js'

const AUDIENCE = 'api://ringback'
const applicationId = randomUUID()
const claims = { azp: applicationId, roles: ['Calls.Initiate.All'] }
const HALF_A_MINUTE = 30_000
const MINUTE = 60_000

async function trusting(count = 1) {
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

test('the tokens of several issuers are good, each by its own keys, which are asked for once', async () => {
  const { issuers, verify } = await trusting(2)
  for (const issuer of issuers) {
    for (let count = 0; count < 3; count++) {
      expect(await verify(await issuer.sign(claims))).toEqual({
        applicationId,
        tenantId: issuer.tenantId,
        isForAnyTenant: false,
        roles: new Set(['calls.initiate.all']),
      })
    }
    expect(issuer.asked).toEqual([`/${issuer.tenantId}/v2.0/.well-known/openid-configuration`, '/keys'])
  }
})

test('a token of the first version of Entra ID names its application as appid', async () => {
  const { issuers, verify } = await trusting()
  const token = await issuers[0].sign({ appid: applicationId })
  expect(await verify(token)).toMatchObject({ applicationId, roles: new Set() })
})

test('one issuer does not speak for another', async () => {
  const { issuers, verify } = await trusting(2)
  const [one, other] = issuers
  await expect(verify(await one.sign({ ...claims, iss: other?.issuer }))).rejects.toMatchObject({ status: 401 })
})

test('a claim of the local issuer means nothing from another', async () => {
  const { issuers, verify } = await trusting()
  expect(await verify(await issuers[0].sign({ ...claims, any_tenant: true }))).toMatchObject({ isForAnyTenant: false })
})

test('a new key is found when a token names it; but no more often than twice a minute, whatever tokens come', async () => {
  const { issuers, verify } = await trusting()
  const [issuer] = issuers
  await verify(await issuer.sign(claims))
  for (let count = 0; count < 20; count++) {
    const unknown = await issuer.sign(claims, { kid: `no such key ${count}` })
    await expect(verify(unknown)).rejects.toMatchObject({ status: 401 })
  }
  expect(issuer.asked.filter((path) => path === '/keys')).toHaveLength(1)
})

/** Time as jose sees it, which asks nobody for it, moves with the injected clock. */
function pass(clock: { now: number }, ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: clock.now + ms })
  onTestFinished(() => void vi.useRealTimers())
  clock.now += ms
}

test('after a rotation the new key is good, and the old one for as long as its issuer keeps it', async () => {
  const { issuers, clock, verify } = await trusting()
  const [issuer] = issuers
  const old = await issuer.sign(claims)
  await verify(old)
  await issuer.rotate(true)
  pass(clock, HALF_A_MINUTE + 1_000)
  expect(await verify(await issuer.sign(claims))).toMatchObject({ applicationId })
  expect(await verify(old)).toMatchObject({ applicationId })
  await issuer.rotate(false)
  pass(clock, 10 * MINUTE)
  await expect(verify(old)).rejects.toMatchObject({ status: 401 })
  expect(await verify(await issuer.sign(claims))).toMatchObject({ applicationId })
})

test('the keys that an issuer last gave are good for a day while it does not answer', async () => {
  const { issuers, clock, verify } = await trusting()
  const [issuer] = issuers
  await verify(await issuer.sign(claims))
  issuer.answerInstead = () => ({ status: 500, body: '' })
  pass(clock, 23 * 60 * MINUTE)
  expect(await verify(await issuer.sign(claims))).toMatchObject({ applicationId })
  await issuer.rotate(true)
  await expect(verify(await issuer.sign(claims))).rejects.toMatchObject({ status: 503 })
  issuer.answerInstead = undefined
  pass(clock, HALF_A_MINUTE)
  const newer = await issuer.sign(claims)
  expect(await verify(newer)).toMatchObject({ applicationId })
  issuer.answerInstead = () => ({ status: 500, body: '' })
  pass(clock, 24 * 60 * MINUTE + 1)
  await expect(verify(await issuer.sign(claims))).rejects.toMatchObject({ status: 503 })
})

test('while an issuer does not answer, its tokens are 503, and it is left alone for half a minute', async () => {
  const { issuers, clock, verify } = await trusting()
  const [issuer] = issuers
  const token = await issuer.sign(claims)
  issuer.answerInstead = () => ({ status: 500, body: '' })
  const away = { status: 503, headers: { 'Retry-After': '30' } }
  await expect(verify(token)).rejects.toMatchObject(away)
  issuer.answerInstead = undefined
  await expect(verify(token)).rejects.toMatchObject(away)
  expect(issuer.asked).toHaveLength(1)
  clock.now += HALF_A_MINUTE
  expect(await verify(token)).toMatchObject({ applicationId })
})

test.each([
  ['is not JSON', '<html>'],
  ['names another issuer', JSON.stringify({ issuer: 'https://evil.example', jwks_uri: 'https://evil.example/keys' })],
  ['says nothing of keys', '{}'],
])('metadata that %s are as none', async (_, body) => {
  const { issuers, verify } = await trusting()
  const [issuer] = issuers
  issuer.answerInstead = () => ({ status: 200, body })
  await expect(verify(await issuer.sign(claims))).rejects.toMatchObject({ status: 503 })
})

test.each(['', '{}', '{"keys":7}'])('keys that are %j are as none', async (body) => {
  const { issuers, verify } = await trusting()
  const [issuer] = issuers
  issuer.answerInstead = (path) => (path === '/keys' ? { status: 200, body } : undefined)
  await expect(verify(await issuer.sign(claims))).rejects.toMatchObject({ status: 503 })
})
