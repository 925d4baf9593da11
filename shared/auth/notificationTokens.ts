import type { KeyRing } from './keys/keyRing.js'
import { TOKEN_LIFETIME_SECONDS } from './keys/keyRotation.js'

/** A token that expires sooner is replaced by a new one. */
const RENEW_BEFORE_MS = 5 * 60_000
/** For how many bots a token is cached. */
const MAX_CACHED = 1_000

/**
 * Issues the tokens on notifications, by which a bot verifies the sender. The token of a bot is cached while the key
 * that signed it is the signing key. Concurrent requests for the same bot share one token.
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

  /** @throws Error when the key source is not available, or refuses to sign */
  async issue(bot: { applicationId: string; tenantId: string }): Promise<string> {
    const id = `${bot.applicationId} ${bot.tenantId}`
    const now = this.#now()
    const key = await this.#keys.getSigningKey(now)
    const { kid } = key.publicJwk
    const cached = this.#cache.get(id)
    if (cached && cached.kid === kid && now < cached.renewAt) return cached.token
    const token = key.sign(this.#claimsFor(bot), TOKEN_LIFETIME_SECONDS, now)
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear()
    this.#cache.set(id, { token, kid, renewAt: now + TOKEN_LIFETIME_SECONDS * 1000 - RENEW_BEFORE_MS })
    token.catch(() => this.#cache.delete(id))
    return token
  }
  /**
   * Issues a token that has expired an hour ago, which a bot must refuse.
   *
   * @throws Error when the key source is not available, or refuses to sign
   */
  async issueExpired(bot: { applicationId: string; tenantId: string }): Promise<string> {
    const now = this.#now()
    const key = await this.#keys.getSigningKey(now)
    return key.sign(this.#claimsFor(bot), TOKEN_LIFETIME_SECONDS, now - 2 * TOKEN_LIFETIME_SECONDS * 1000)
  }

  #claimsFor({ applicationId, tenantId }: { applicationId: string; tenantId: string }): Record<string, unknown> {
    return { iss: this.#issuer, aud: applicationId, tid: tenantId }
  }
}
