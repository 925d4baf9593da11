import { generateKeyPair, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { KeyVersion } from './keyRing.js'
import { createSigningKey, type SigningKey } from './signingKey.js'

/** NIST SP 800-131A: the least size of RSA keys. */
const KEY_BITS = 2048

let key: Promise<SigningKey> | undefined

/**
 * A key that lives as long as the process, which has only one: to make it takes about as long as the rest of a start.
 * It is made at the first call, on another thread.
 */
export function memoryKeySource(): () => Promise<KeyVersion[]> {
  key ??= createKey()
  const made = key
  // An error is thrown where the key is used.
  made.catch(() => undefined)
  return async () => [{ id: 'memory', createdAt: 0, load: () => made }]
}

async function createKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: KEY_BITS })
  const signInput = (input: Buffer) => promisify(sign)('sha256', input, privateKey)
  return createSigningKey(publicKey.export({ format: 'jwk' }), signInput)
}
