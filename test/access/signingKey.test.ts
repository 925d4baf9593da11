import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadSigningKey } from '../../shared/access/signingKey.js'

async function newFile(): Promise<{ directory: string; file: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-keys-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return { directory: join(directory, 'keys'), file: join(directory, 'keys', 'access.json') }
}

test('a key is made once, for its owner only, and nothing else is left', async () => {
  const { directory, file } = await newFile()
  const made = await loadSigningKey(file)
  const again = await loadSigningKey(file)
  expect(again.publicJwk).toEqual(made.publicJwk)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(directory)).toEqual(['access.json'])
})

test('the public half holds nothing of the private one', async () => {
  const { publicJwk } = await loadSigningKey((await newFile()).file)
  expect(Object.keys(publicJwk).toSorted()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
})
