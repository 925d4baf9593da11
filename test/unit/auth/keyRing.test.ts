import { expect, onTestFinished, test, vi } from 'vitest'
import { KeyRing, type KeyVersion, REFRESH_INTERVAL_MS } from '../../../shared/auth/keys/keyRing.js'
import { KEY_LIST_CACHE_SECONDS, MAX_LAG_MS } from '../../../shared/auth/keys/keyRotation.js'
import { NotificationTokens } from '../../../shared/auth/notificationTokens.js'

const START = 1_700_000_000_000
const HOUR = 3_600_000
const SIGNS_AFTER_MS = KEY_LIST_CACHE_SECONDS * 1000 + MAX_LAG_MS

/** A source of versions that a test fills. It counts its reads and signatures, and can fail. */
function newKeySource() {
  const source = { versions: [] as KeyVersion[], reads: 0, fails: false, signatures: 0, read, add }
  async function read() {
    source.reads += 1
    if (source.fails) throw new Error('no answer')
    return [...source.versions]
  }
  function add(kid: string, createdAt: number, load = async () => undefined as unknown) {
    const sign = async () => {
      if (source.fails) throw new Error('no answer')
      return `${kid} ${++source.signatures}`
    }
    source.versions.push({
      id: kid,
      createdAt,
      load: async () => {
        await load()
        return { publicJwk: { kid }, sign }
      },
    })
  }
  source.add('first', START)
  return source
}
const kids = async (ring: KeyRing, now: number) => (await ring.getPublicKeys(now)).map(({ kid }) => kid)

function expectWarning() {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  onTestFinished(() => warn.mockRestore())
  return warn
}

test('concurrent requests read the versions once, and later requests read them again after some minutes', async () => {
  const source = newKeySource()
  const ring = new KeyRing(source.read)
  await Promise.all([ring.getSigningKey(START), ring.getPublicKeys(START), ring.getSigningKey(START)])
  source.add('second', START + 1)
  expect(await kids(ring, START + REFRESH_INTERVAL_MS - 1)).toEqual(['first'])
  expect(source.reads).toBe(1)
  expect(await kids(ring, START + REFRESH_INTERVAL_MS)).toEqual(['first', 'second'])
  expect(source.reads).toBe(2)
})

test('a first read that fails is an error of its request, and the next request reads again', async () => {
  const source = newKeySource()
  const ring = new KeyRing(source.read)
  source.fails = true
  await expect(ring.getSigningKey(START)).rejects.toThrow('no answer')
  await expect(ring.getPublicKeys(START)).rejects.toThrow('no answer')
  source.fails = false
  expect(await kids(ring, START)).toEqual(['first'])
})

test('when a later read fails, the known versions stay in use until another read some minutes later', async () => {
  const source = newKeySource()
  const ring = new KeyRing(source.read)
  await ring.getSigningKey(START)
  source.add('second', START + 1)
  source.fails = true
  const warn = expectWarning()
  const later = START + REFRESH_INTERVAL_MS
  expect(await kids(ring, later)).toEqual(['first'])
  expect((await ring.getSigningKey(later)).publicJwk.kid).toBe('first')
  expect(source.reads).toBe(2)
  expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('no answer'))
  source.fails = false
  expect(await kids(ring, later + REFRESH_INTERVAL_MS)).toEqual(['first', 'second'])
})

test('a version that cannot be loaded does not affect the others', async () => {
  const source = newKeySource()
  const ring = new KeyRing(source.read)
  await ring.getSigningKey(START)
  expectWarning()
  source.add('second', START + 1, () => Promise.reject(new Error('forbidden')))
  expect(await kids(ring, START + REFRESH_INTERVAL_MS)).toEqual(['first'])
})

test('a ring without versions signs no token and publishes an empty list', async () => {
  const ring = new KeyRing(async () => [])
  await expect(ring.getSigningKey(START)).rejects.toThrow('No version of the signing key')
  expect(await ring.getPublicKeys(START)).toEqual([])
})

test('concurrent requests for the token of a bot get the same token, and a failure is not cached', async () => {
  const source = newKeySource()
  const tokens = new NotificationTokens(new KeyRing(source.read), 'issuer', () => START)
  const next = () => tokens.issue({ applicationId: 'bot', tenantId: 'tenant' })
  const other = () => tokens.issue({ applicationId: 'other', tenantId: 'tenant' })
  expect(await Promise.all([next(), next(), next()])).toEqual(['first 1', 'first 1', 'first 1'])
  source.fails = true
  await expect(other()).rejects.toThrow('no answer')
  expect(await next()).toBe('first 1')
  source.fails = false
  expect(await other()).toBe('first 2')
})

test('the token of a bot is reused until five minutes before it expires, and only while its key signs', async () => {
  const source = newKeySource()
  let now = START
  const tokens = new NotificationTokens(new KeyRing(source.read), 'issuer', () => now)
  const next = () => tokens.issue({ applicationId: 'bot', tenantId: 'tenant' })
  expect(await next()).toBe('first 1')
  now += HOUR - REFRESH_INTERVAL_MS - 1
  expect(await next()).toBe('first 1')
  now += 1
  expect(await next()).toBe('first 2')
  expect(await tokens.issue({ applicationId: 'other', tenantId: 'tenant' })).toBe('first 3')

  source.add('second', now)
  now += SIGNS_AFTER_MS - 1
  expect(await next()).toBe('first 4')
  now += 1
  expect(await next()).toBe('second 5')
  // A disabled version is not among the versions.
  source.versions = source.versions.slice(0, 1)
  now += REFRESH_INTERVAL_MS
  expect(await next()).toBe('first 6')
})

test('a bot has a token of its own for each tenant', async () => {
  const tokens = new NotificationTokens(new KeyRing(newKeySource().read), 'issuer', () => START)
  const issue = (tenantId: string) => tokens.issue({ applicationId: 'bot', tenantId })
  expect([await issue('one'), await issue('other'), await issue('one')]).toEqual(['first 1', 'first 2', 'first 1'])
})
