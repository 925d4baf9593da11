import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { KeyClient } from '@azure/keyvault-keys'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { KeyRing, REFRESH_INTERVAL_MS } from '../../../shared/auth/keys/keyRing.js'
import { KEY_LIST_CACHE_SECONDS, MAX_LAG_MS } from '../../../shared/auth/keys/keyRotation.js'
import { vaultKeySource } from '../../../shared/auth/keys/vaultKeySource.js'
import { startVault, type TestVault } from '../../support/vault.js'

// Key Vault's own client over TLS, with a server that stands in for the vault and signs.

/** The real time, because the client refuses versions that have expired by the clock of the process. */
const NOW = Math.floor(Date.now() / 1000) * 1000
const HOUR = 3_600_000
const SIGNS_AFTER_MS = KEY_LIST_CACHE_SECONDS * 1000 + MAX_LAG_MS
const trusted = getCACertificates('default')
const seconds = (at: number) => at / 1000

let vault: TestVault
let ring: KeyRing

beforeAll(async () => {
  vault = await startVault()
  setDefaultCACertificates([...trusted, vault.ca])
})
beforeEach(() => {
  vault.reset()
  vault.addVersion({ created: seconds(NOW - 100 * 24 * HOUR) })
  ring = newRing()
})
afterAll(async () => {
  setDefaultCACertificates(trusted)
  await vault.stop()
})

function newRing(): KeyRing {
  const credential = { getToken: async () => ({ token: 'ours', expiresOnTimestamp: Date.now() + HOUR }) }
  const options = { disableChallengeResourceVerification: true, retryOptions: { maxRetries: 0 } }
  const address = `https://localhost:${vault.port}/keys/notifications`
  return new KeyRing(vaultKeySource(address, async (url) => new KeyClient(url, credential, options)))
}
const signAt = async (now: number) => (await ring.getSigningKey(now)).sign({ aud: 'bot' }, 3600, now)
const kidsAt = async (now: number) => (await ring.getPublicKeys(now)).map(({ kid }) => kid)

test('a token that the vault signs is valid under the published key', async () => {
  const token = await signAt(NOW)

  const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: await ring.getPublicKeys(NOW) }))
  expect(payload).toMatchObject({ aud: 'bot', exp: seconds(NOW) + 3600 })
  expect(await ring.getPublicKeys(NOW)).toEqual([
    { kty: 'RSA', n: vault.versions[0]?.publicJwk.n, e: 'AQAB', alg: 'RS256', use: 'sig', kid: expect.any(String) },
  ])
  expect(decodeProtectedHeader(token).kid).toBe((await kidsAt(NOW))[0])
  expect(vault.authorizations.slice(1)).toEqual(vault.requests.map(() => 'Bearer ours'))
})

test('a version is read once, so that a token takes one request', async () => {
  await signAt(NOW)
  vault.requests.length = 0
  await signAt(NOW + 1)
  expect(vault.requests).toEqual([`POST /keys/notifications/${vault.versions[0]?.id}/sign`])
  vault.requests.length = 0
  await ring.getPublicKeys(NOW + REFRESH_INTERVAL_MS)
  expect(vault.requests).toEqual(['GET /keys/notifications/versions'])
})

test('a new version is published first, and signs when no cached list lacks it', async () => {
  const before = await signAt(NOW)
  const [old] = await kidsAt(NOW)
  vault.addVersion({ created: seconds(NOW) })
  const listed = NOW + REFRESH_INTERVAL_MS
  const [, next] = await kidsAt(listed)
  expect(await kidsAt(listed)).toEqual([old, next])
  expect(next).not.toBe(old)
  expect(decodeProtectedHeader(await signAt(listed)).kid).toBe(old)

  const switched = NOW + SIGNS_AFTER_MS
  const token = await signAt(switched)
  expect(decodeProtectedHeader(token).kid).toBe(next)
  const keys = createLocalJWKSet({ keys: await ring.getPublicKeys(switched) })
  for (const jwt of [before, token]) await jwtVerify(jwt, keys, { currentDate: new Date(NOW), clockTolerance: '2d' })
  expect(await kidsAt(switched + 2 * HOUR)).toEqual([next])
})

test('the key source reads all pages of the list of versions', async () => {
  for (const day of [1, 2, 3, 4]) vault.addVersion({ created: seconds(NOW - day * 60_000) })
  expect(await kidsAt(NOW)).toHaveLength(5)
})

test('a disabled or expired version neither signs nor is published', async () => {
  const [first] = vault.versions
  vault.addVersion({ created: seconds(NOW - 50 * 24 * HOUR) })
  vault.addVersion({ created: seconds(NOW - 40 * 24 * HOUR), exp: seconds(NOW - HOUR) })
  const [second] = await kidsAt(NOW)
  expect(await kidsAt(NOW)).toEqual([second])
  expect(decodeProtectedHeader(await signAt(NOW)).kid).toBe(second)

  for (const version of vault.versions) version.enabled = version === first
  const later = NOW + REFRESH_INTERVAL_MS
  const [only] = await kidsAt(later)
  expect(await kidsAt(later)).toEqual([only])
  expect(only).not.toBe(second)
  expect(decodeProtectedHeader(await signAt(later)).kid).toBe(only)
})

test('a version with a later start is published, and its waiting time counts from that start', async () => {
  const from = NOW + 10 * 24 * HOUR
  vault.addVersion({ created: seconds(NOW - 50 * 24 * HOUR), nbf: seconds(from) })
  const [old, next] = await kidsAt(NOW)
  expect(decodeProtectedHeader(await signAt(NOW)).kid).toBe(old)
  expect((await ring.getSigningKey(from + SIGNS_AFTER_MS - 1)).publicJwk.kid).toBe(old)
  expect((await ring.getSigningKey(from + SIGNS_AFTER_MS)).publicJwk.kid).toBe(next)
})

test('an unavailable vault fails the first read; later its known keys stay published, with one warning', async () => {
  vault.isUnavailable = true
  await expect(kidsAt(NOW)).rejects.toThrow('503')
  vault.isUnavailable = false
  const known = await kidsAt(NOW)
  expect(known).toHaveLength(1)
  vault.isUnavailable = true
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  expect(await kidsAt(NOW + REFRESH_INTERVAL_MS)).toEqual(known)
  await expect(signAt(NOW + REFRESH_INTERVAL_MS)).rejects.toThrow('ServiceUnavailable')
  expect(warn).toHaveBeenCalledOnce()
  warn.mockRestore()
  vault.isUnavailable = false
  expect(await signAt(NOW + REFRESH_INTERVAL_MS)).toMatch(/./)
})

test('a key that is not RSA is refused with its type', async () => {
  vault.versions.length = 0
  vault.addVersion({ created: seconds(NOW), kty: 'EC' })
  await expect(ring.getSigningKey(NOW)).rejects.toThrow('is of the type EC: an RSA key is needed.')
})
