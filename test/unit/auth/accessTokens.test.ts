import { randomUUID, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { exportJWK } from 'jose'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { AccessTokens } from '../../../shared/auth/accessTokens.js'
import { KeyRing, type KeyVersion, REFRESH_INTERVAL_MS } from '../../../shared/auth/keys/keyRing.js'
import { createSigningKey } from '../../../shared/auth/keys/signingKey.js'
import { startIssuer } from '../../support/issuer.js'
import { releaseRsaKeyPairs, takeRsaKeyPair } from '../../support/rsaKeys.js'

const START = 1_700_000_000_000
const HOUR = 3_600_000
const CLOCK_TOLERANCE_MS = 60_000
const applicationId = randomUUID()
const unauthorized = { status: 401 }

afterEach(() => void vi.restoreAllMocks())

async function newKeyVersion(id: string): Promise<KeyVersion> {
  const keyPair = takeRsaKeyPair()
  onTestFinished(() => releaseRsaKeyPairs([keyPair]))
  const { privateKey } = keyPair
  const key = await createSigningKey(await exportJWK(keyPair.publicKey), (input) =>
    promisify(sign)('sha256', input, privateKey),
  )
  return { id, createdAt: START, load: async () => key }
}

/** The local issuer with one key. A test changes its clock and its keys. */
async function startLocalIssuer() {
  const state = { now: START, versions: [await newKeyVersion('first')] }
  const keys = new KeyRing(async () => state.versions)
  const tokens = new AccessTokens(keys, { issuers: [], audiences: [] }, () => state.now)
  const request = { baseUrl: 'http://127.0.0.1:7071', applicationId, tenant: randomUUID() }
  return {
    state,
    issue: async () => (await tokens.issue(request)).access_token,
    verify: (token: string) => tokens.verify(`Bearer ${token}`),
  }
}

const countSignatureChecks = () => vi.spyOn(crypto.subtle, 'verify').mock.calls

test('the signature of a token is verified only once', async () => {
  const { issue, verify } = await startLocalIssuer()
  const checks = countSignatureChecks()
  const token = await issue()
  const caller = await verify(token)
  expect(await verify(token)).toEqual(caller)
  expect(caller).toMatchObject({ applicationId })
  expect(checks).toHaveLength(1)
})

test('a token that was verified is refused when its expiry and the clock tolerance have passed', async () => {
  const { state, issue, verify } = await startLocalIssuer()
  const token = await issue()
  await verify(token)
  state.now = START + HOUR + CLOCK_TOLERANCE_MS - 1
  expect(await verify(token)).toMatchObject({ applicationId })
  state.now += 1
  await expect(verify(token)).rejects.toMatchObject({ ...unauthorized, message: expect.stringContaining('expired') })
})

test('a token that was verified is refused while the clock is before its nbf', async () => {
  const { state, issue, verify } = await startLocalIssuer()
  const token = await issue()
  await verify(token)
  state.now = START - CLOCK_TOLERANCE_MS - 1
  await expect(verify(token)).rejects.toMatchObject({ ...unauthorized, message: expect.stringContaining('nbf') })
})

test('a token that was verified is refused when its key is disabled', async () => {
  const { state, issue, verify } = await startLocalIssuer()
  const token = await issue()
  await verify(token)
  state.versions = [await newKeyVersion('second')]
  state.now += REFRESH_INTERVAL_MS
  await expect(verify(token)).rejects.toMatchObject(unauthorized)
})

test('a token that was verified stays valid when another key is added', async () => {
  const { state, issue, verify } = await startLocalIssuer()
  const token = await issue()
  await verify(token)
  state.versions = [...state.versions, await newKeyVersion('second')]
  state.now += REFRESH_INTERVAL_MS
  expect(await verify(token)).toMatchObject({ applicationId })
})

test('a token with the claims of a verified one and another signature is refused', async () => {
  const { issue, verify } = await startLocalIssuer()
  const token = await issue()
  await verify(token)
  const [header, payload, signature = ''] = token.split('.')
  const forged = [header, payload, signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))].join('.')
  await expect(verify(forged)).rejects.toMatchObject(unauthorized)
})

test('a verified token is refused when its issuer publishes another key under the same key id', async () => {
  const issuer = await startIssuer(randomUUID(), 'api://ringback')
  onTestFinished(() => issuer.close())
  const clock = { now: Date.now() }
  const trusted = { issuers: [issuer.issuer], audiences: ['api://ringback'] }
  const tokens = new AccessTokens(undefined, trusted, () => clock.now)
  const token = await issuer.sign({ azp: applicationId })
  expect(await tokens.verify(`Bearer ${token}`)).toMatchObject({ applicationId })

  const otherKey = takeRsaKeyPair()
  onTestFinished(() => releaseRsaKeyPairs([otherKey]))
  const jwk = { ...(await exportJWK(otherKey.publicKey)), kid: 'key-1', use: 'sig' }
  issuer.answerInstead = (path) =>
    path === '/keys' ? { status: 200, body: JSON.stringify({ keys: [jwk] }) } : undefined
  vi.useFakeTimers({ toFake: ['Date'], now: clock.now + 11 * 60_000 })
  onTestFinished(() => void vi.useRealTimers())
  clock.now = Date.now()
  await expect(tokens.verify(`Bearer ${token}`)).rejects.toMatchObject(unauthorized)
})
