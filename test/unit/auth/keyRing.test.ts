import { expect, onTestFinished, test, vi } from 'vitest'
import { KeyRing, type KeyVersion, REFRESH_INTERVAL_MS } from '../../../shared/auth/keys/keyRing.js'
import { KEY_LIST_CACHE_SECONDS, MAX_LAG_MS } from '../../../shared/auth/keys/keyRotation.js'
import { NotificationTokens } from '../../../shared/auth/notificationTokens.js'

const START = 1_700_000_000_000
const HOUR = 3_600_000
const SIGNS_AFTER_MS = KEY_LIST_CACHE_SECONDS * 1000 + MAX_LAG_MS

/** A place for versions that a test fills, which counts how often it is read and can fail. */
function newPlace() {
  const place = { versions: [] as KeyVersion[], reads: 0, fails: false, signatures: 0, read, add }
  async function read() {
    place.reads += 1
    if (place.fails) throw new Error('nobody answers')
    return [...place.versions]
  }
  function add(kid: string, createdAt: number, load = async () => undefined as unknown) {
    const sign = async () => {
      if (place.fails) throw new Error('nobody answers')
      return `${kid} ${++place.signatures}`
    }
    place.versions.push({
      id: kid,
      createdAt,
      load: async () => {
        await load()
        return { publicJwk: { kid }, sign }
      },
    })
  }
  place.add('first', START)
  return place
}
const kids = async (ring: KeyRing, now: number) => (await ring.getPublicKeys(now)).map(({ kid }) => kid)

function expectWarning() {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  onTestFinished(() => warn.mockRestore())
  return warn
}

test('what versions there are is looked up once by all who ask, and again after some minutes', async () => {
  const place = newPlace()
  const ring = new KeyRing(place.read)
  await Promise.all([ring.getSigningKey(START), ring.getPublicKeys(START), ring.getSigningKey(START)])
  place.add('second', START + 1)
  expect(await kids(ring, START + REFRESH_INTERVAL_MS - 1)).toEqual(['first'])
  expect(place.reads).toBe(1)
  expect(await kids(ring, START + REFRESH_INTERVAL_MS)).toEqual(['first', 'second'])
  expect(place.reads).toBe(2)
})

test('a first look that fails is an error of that request, and the next one looks again', async () => {
  const place = newPlace()
  const ring = new KeyRing(place.read)
  place.fails = true
  await expect(ring.getSigningKey(START)).rejects.toThrow('nobody answers')
  await expect(ring.getPublicKeys(START)).rejects.toThrow('nobody answers')
  place.fails = false
  expect(await kids(ring, START)).toEqual(['first'])
})

test('when a later look fails, what is known goes on being used, and somebody looks again some minutes later', async () => {
  const place = newPlace()
  const ring = new KeyRing(place.read)
  await ring.getSigningKey(START)
  place.add('second', START + 1)
  place.fails = true
  const warn = expectWarning()
  const later = START + REFRESH_INTERVAL_MS
  expect(await kids(ring, later)).toEqual(['first'])
  expect((await ring.getSigningKey(later)).publicJwk.kid).toBe('first')
  expect(place.reads).toBe(2)
  expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('nobody answers'))
  place.fails = false
  expect(await kids(ring, later + REFRESH_INTERVAL_MS)).toEqual(['first', 'second'])
})

test('a version that can’t be loaded does not take the others along', async () => {
  const place = newPlace()
  const ring = new KeyRing(place.read)
  await ring.getSigningKey(START)
  expectWarning()
  place.add('second', START + 1, () => Promise.reject(new Error('forbidden')))
  expect(await kids(ring, START + REFRESH_INTERVAL_MS)).toEqual(['first'])
})

test('without any version there is no token, and the list is empty', async () => {
  const ring = new KeyRing(async () => [])
  await expect(ring.getSigningKey(START)).rejects.toThrow('No version of the signing key')
  expect(await ring.getPublicKeys(START)).toEqual([])
})

test('all who ask for the token of a bot at once get the same one, and one that could not be made is not kept', async () => {
  const place = newPlace()
  const tokens = new NotificationTokens(new KeyRing(place.read), 'issuer', () => START)
  const next = () => tokens.issue({ applicationId: 'bot', tenantId: 'tenant' })
  const other = () => tokens.issue({ applicationId: 'other', tenantId: 'tenant' })
  expect(await Promise.all([next(), next(), next()])).toEqual(['first 1', 'first 1', 'first 1'])
  place.fails = true
  await expect(other()).rejects.toThrow('nobody answers')
  expect(await next()).toBe('first 1')
  place.fails = false
  expect(await other()).toBe('first 2')
})

test('the token of a bot is used until five minutes before its end, and only while its key is the one that signs', async () => {
  const place = newPlace()
  let now = START
  const tokens = new NotificationTokens(new KeyRing(place.read), 'issuer', () => now)
  const next = () => tokens.issue({ applicationId: 'bot', tenantId: 'tenant' })
  expect(await next()).toBe('first 1')
  now += HOUR - REFRESH_INTERVAL_MS - 1
  expect(await next()).toBe('first 1')
  now += 1
  expect(await next()).toBe('first 2')
  expect(await tokens.issue({ applicationId: 'other', tenantId: 'tenant' })).toBe('first 3')

  place.add('second', now)
  now += SIGNS_AFTER_MS - 1
  expect(await next()).toBe('first 4')
  now += 1
  expect(await next()).toBe('second 5')
  // Disabled, it is no longer among the versions.
  place.versions = place.versions.slice(0, 1)
  now += REFRESH_INTERVAL_MS
  expect(await next()).toBe('first 6')
})
