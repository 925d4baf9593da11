import { expect, test } from 'vitest'
import { KeyRing } from '../../../shared/auth/keys/keyRing.js'
import { memoryKeySource } from '../../../shared/auth/keys/memoryKeySource.js'

const readKey = async (name: string) => (await new KeyRing(memoryKeySource(name)).getPublicKeys(0))[0]?.kid

test('each name has a key of its own, which all services of the process share', async () => {
  const access = await readKey('access')
  expect(access).toEqual(expect.any(String))
  expect(await readKey('access')).toBe(access)
  expect(await readKey('notifications')).not.toBe(access)
})
