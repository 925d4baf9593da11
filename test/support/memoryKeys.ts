import { memoryKeySource } from '../../shared/auth/keys/memoryKeySource.js'

/**
 * Generates the keys that the services of this process share. On a busy machine that takes longer than the test kit
 * waits for a notification.
 */
export async function generateMemoryKeys(): Promise<void> {
  const versions = await Promise.all(['access', 'notifications'].map((name) => memoryKeySource(name)()))
  await Promise.all(versions.flat().map(({ load }) => load()))
}
