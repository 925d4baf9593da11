import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import * as z from 'zod'
import { keysUnavailable } from '../graph/errors.js'

/** How long an issuer may take to say where its keys are, and to give them. */
const FETCH_TIMEOUT_MS = 5_000
/** An issuer that did not answer is left alone for so long, and keys that nobody knows are not asked for more often. */
const COOL_DOWN_MS = 30_000
/** Keys are read anew after this, so that one that was withdrawn is not good for ever. */
const KEYS_MAX_AGE_MS = 10 * 60_000
/** For so long the keys that an issuer last gave are good while it does not answer. */
const LAST_KEYS_GOOD_MS = 24 * 3_600_000

/** What is read of an issuer's metadata (OpenID Connect Discovery, 3). */
const metadata = z.object({ issuer: z.string(), jwks_uri: z.url() })

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>

/** An issuer of access tokens that is configured: its keys are found by its metadata, and kept. */
export class TokenIssuer {
  readonly #issuer: string
  readonly #now: () => number
  #found: Promise<RemoteKeys> | undefined
  #leftAloneUntil = 0
  #answeredAt = 0

  /** @param issuer exactly as `iss` has it */
  constructor(issuer: string, now: () => number) {
    this.#issuer = issuer
    this.#now = now
  }

  /**
   * Finds the key of a token, for jwtVerify.
   *
   * @throws JWKSNoMatchingKey when the issuer has no such key
   * @throws GraphError 503 when it does not answer, and what it last said does not help
   */
  readonly key: JWTVerifyGetKey = async (header, token) => {
    const keys = await this.#find()
    if (this.#now() >= this.#leftAloneUntil) {
      try {
        const key = await keys(header, token)
        this.#answeredAt = this.#now()
        return key
      } catch (error) {
        if (!isAway(error)) throw error
        this.#leaveAlone()
      }
    }
    const last = keys.jwks()
    if (!last || this.#now() - this.#answeredAt > LAST_KEYS_GOOD_MS) throw keysUnavailable(this.#issuer)
    return createLocalJWKSet(last)(header, token).catch(() => {
      throw keysUnavailable(this.#issuer)
    })
  }

  async #find(): Promise<RemoteKeys> {
    if (!this.#found && this.#now() < this.#leftAloneUntil) throw keysUnavailable(this.#issuer)
    this.#found ??= findKeys(this.#issuer)
    try {
      return await this.#found
    } catch {
      this.#found = undefined
      this.#leaveAlone()
      throw keysUnavailable(this.#issuer)
    }
  }

  #leaveAlone(): void {
    this.#leftAloneUntil = this.#now() + COOL_DOWN_MS
  }
}

async function findKeys(issuer: string): Promise<RemoteKeys> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(address, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: 'error' })
  if (!response.ok) throw new Error(`${address} answered ${response.status}`)
  const found = metadata.parse(await response.json())
  // Whoever answers must be the one that was asked for (OpenID Connect Discovery, 4.3).
  if (found.issuer !== issuer) throw new Error(`${address} is the metadata of ${found.issuer}`)
  return createRemoteJWKSet(new URL(found.jwks_uri), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: COOL_DOWN_MS,
    cacheMaxAge: KEYS_MAX_AGE_MS,
  })
}

/** Anything but what jose says of the token: a timeout, a refusal, an answer that is no key set. */
const isAway = (error: unknown): boolean =>
  !(error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
