import type { KeyRing } from './keyRing.js'
import { TOKEN_SECONDS } from './keyRotation.js'

/** A token that expires sooner than this is made anew rather than used again. */
const RENEW_BEFORE_MS = 5 * 60_000
/** How many bots' tokens are kept. */
const MAX_CACHED = 1_000

/**
 * The tokens on notifications, by which a bot knows that they come from here. One per bot is made and used again, while the key
 * that signed it is the one that signs. Who asks while it is made waits for the same one.
 */
export class NotificationTokens {
  readonly #keys: KeyRing
  readonly #issuer: string
  readonly #now: () => number
  readonly #cache = new Map<string, { token: Promise<string>; kid: string | undefined; renewAt: number }>()

  constructor(keys: KeyRing, issuer: string, now: () => number) {
    this.#keys = keys
    this.#issuer = issuer
    this.#now = now
  }

  async for(bot: { applicationId: string; tenantId: string }): Promise<string> {
    const id = `${bot.applicationId} ${bot.tenantId}`
    const now = this.#now()
    const key = await this.#keys.current(now)
    const { kid } = key.publicJwk
    const cached = this.#cache.get(id)
    if (cached && cached.kid === kid && now < cached.renewAt) return cached.token
    const claims = { iss: this.#issuer, aud: bot.applicationId, tid: bot.tenantId }
    const token = key.sign(claims, TOKEN_SECONDS, now)
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear()
    this.#cache.set(id, { token, kid, renewAt: now + TOKEN_SECONDS * 1000 - RENEW_BEFORE_MS })
    token.catch(() => this.#cache.delete(id))
    return token
  }
}
