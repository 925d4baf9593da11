import type { SigningKey } from './signingKey.js'

const TOKEN_SECONDS = 3600
/** A token that expires sooner than this is made anew rather than used again. */
const RENEW_BEFORE_MS = 5 * 60_000
/** How many bots' tokens are kept. */
const MAX_CACHED = 1_000

/** The tokens on notifications, by which a bot knows that they come from here. One per bot is made and used again. */
export class NotificationTokens {
  readonly #key: () => Promise<SigningKey>
  readonly #issuer: string
  readonly #now: () => number
  readonly #cache = new Map<string, { token: string; renewAt: number }>()

  constructor(key: () => Promise<SigningKey>, issuer: string, now: () => number) {
    this.#key = key
    this.#issuer = issuer
    this.#now = now
  }

  async for(bot: { applicationId: string; tenantId: string }): Promise<string> {
    const id = `${bot.applicationId} ${bot.tenantId}`
    const now = this.#now()
    const cached = this.#cache.get(id)
    if (cached && now < cached.renewAt) return cached.token
    const key = await this.#key()
    const claims = { iss: this.#issuer, aud: bot.applicationId, tid: bot.tenantId }
    const token = await key.sign(claims, TOKEN_SECONDS, now)
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear()
    this.#cache.set(id, { token, renewAt: now + TOKEN_SECONDS * 1000 - RENEW_BEFORE_MS })
    return token
  }
}
