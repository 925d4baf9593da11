import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { fileKeySource } from '../../../shared/auth/keys/fileKeySource.js'
import { KeyRing, REFRESH_INTERVAL_MS } from '../../../shared/auth/keys/keyRing.js'
import { KEY_LIST_CACHE_SECONDS, MAX_LAG_MS } from '../../../shared/auth/keys/keyRotation.js'

const run = promisify(execFile)
/** How long a new key is published before it signs. */
const SIGNS_AFTER_MS = KEY_LIST_CACHE_SECONDS * 1000 + MAX_LAG_MS

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-keys-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, 'keys')
}
const kidsOf = async (ring: KeyRing, now: number) => (await ring.getPublicKeys(now)).map(({ kid }) => kid)

test('the key source creates one key file, which only its owner can read', async () => {
  const directory = await newDirectory()
  const created = await new KeyRing(fileKeySource(directory, 'access')).getPublicKeys(Date.now())
  const reopened = await new KeyRing(fileKeySource(directory, 'access')).getPublicKeys(Date.now())
  expect(created).toHaveLength(1)
  expect(reopened).toEqual(created)
  expect((await stat(join(directory, 'access.json'))).mode & 0o777).toBe(0o600)
  expect(await readdir(directory)).toEqual(['access.json'])
})

test('the public key contains no private fields', async () => {
  const [publicJwk = {}] = await new KeyRing(fileKeySource(await newDirectory(), 'access')).getPublicKeys(Date.now())
  expect(Object.keys(publicJwk).toSorted()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
})

test('the public keys verify a signed token', async () => {
  const ring = new KeyRing(fileKeySource(await newDirectory(), 'access'))
  const now = Date.now()
  const token = await (await ring.getSigningKey(now)).sign({ aud: 'bot', name: 'Zoë' }, 60, now)
  const iat = Math.floor(now / 1000)
  const { payload, protectedHeader } = await jwtVerify(
    token,
    createLocalJWKSet({ keys: await ring.getPublicKeys(now) }),
  )
  expect(payload).toEqual({ aud: 'bot', name: 'Zoë', iat, nbf: iat, exp: iat + 60 })
  expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: (await kidsOf(ring, now))[0] })
})

test('after a rename of the key file, the new key is published first and signs after the caches expired', async () => {
  const directory = await newDirectory()
  const file = join(directory, 'notifications.json')
  const process1 = new KeyRing(fileKeySource(directory, 'notifications'))
  const [old] = await kidsOf(process1, Date.now())
  const longAgo = new Date(Date.now() - 100 * SIGNS_AFTER_MS)
  await utimes(file, longAgo, longAgo)
  await rename(file, join(directory, 'notifications-old.json'))

  const process2 = new KeyRing(fileKeySource(directory, 'notifications'))
  const now = Date.now() + REFRESH_INTERVAL_MS
  const [first, second] = await kidsOf(process2, now)
  expect(first).toBe(old)
  expect(second).toMatch(/./)
  expect(second).not.toBe(old)
  // A process that knows only the old key reads the directory again.
  expect(await kidsOf(process1, now)).toEqual([old, second])
  for (const ring of [process1, process2]) {
    expect((await ring.getSigningKey(now)).publicJwk.kid).toBe(old)
    expect((await ring.getSigningKey(now + SIGNS_AFTER_MS)).publicJwk.kid).toBe(second)
  }
  expect(await kidsOf(process1, now + 2 * SIGNS_AFTER_MS)).toEqual([second])
})

test('processes that start at the same time use the same key', async () => {
  const directory = await newDirectory()
  const script = `
    import { fileKeySource } from ${JSON.stringify(pathToFileURL('dist/shared/auth/keys/fileKeySource.js').href)}
    const [version] = await fileKeySource(${JSON.stringify(directory)}, 'notifications')()
    console.log(version.createdAt, (await version.load()).publicJwk.kid)`
  const load = async () => (await run(process.execPath, ['--input-type=module', '-e', script])).stdout
  const [first, ...others] = await Promise.all([load(), load(), load()])

  expect(first).toMatch(/^\d+(\.\d+)? \S+\n$/)
  expect(others).toEqual([first, first])
})

test('the key source ignores keys of other purposes in the same directory', async () => {
  const directory = await newDirectory()
  const [access] = await kidsOf(new KeyRing(fileKeySource(directory, 'access')), Date.now())
  const notifications = await kidsOf(new KeyRing(fileKeySource(directory, 'notifications')), Date.now())
  expect(notifications).toHaveLength(1)
  expect(notifications).not.toContain(access)
})
