import type { Reply } from '../../graph/dialects/dialect.js'
import type { KeyRing } from './keyRing.js'
import { KEY_LIST_CACHE_SECONDS } from './keyRotation.js'

/** Replies with the public keys of a key ring at a time. */
export async function replyWithKeys(ring: KeyRing, now: number): Promise<Reply> {
  return { status: 200, cacheSeconds: KEY_LIST_CACHE_SECONDS, body: { keys: await ring.getPublicKeys(now) } }
}
