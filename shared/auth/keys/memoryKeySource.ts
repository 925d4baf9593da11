import { generateKeyPair, sign } from 'node:crypto'
import { promisify } from 'node:util'
import type { KeyVersion } from './keyRing.js'
import { createSigningKey, type SigningKey } from './signingKey.js'

/** NIST SP 800-131A: the least size of RSA keys. */
const KEY_BITS = 2048

const keys = new Map<string, Promise<SigningKey>>()

/**
 * A key that lives as long as the process. It is generated at its first use. All services of a process share the key of
 * a name, because generating one takes longer than the rest of a start: so each accepts the tokens of the others.
 */
export function memoryKeySource(name: string): () => Promise<KeyVersion[]> {
  return async () => [{ id: 'memory', createdAt: 0, load: () => loadKey(name) }]
}

function loadKey(name: string): Promise<SigningKey> {
  const key = keys.get(name) ?? createKey()
  keys.set(name, key)
  return key
}

async function createKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: KEY_BITS })
  const signInput = (input: Buffer) => promisify(sign)('sha256', input, privateKey)
  return createSigningKey(publicKey.export({ format: 'jwk' }), signInput)
}
