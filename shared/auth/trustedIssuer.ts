import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import * as z from 'zod'
import { keysUnavailable } from '../graph/errors.js'

/** How long a request for the metadata or the keys of an issuer may take. */
const FETCH_TIMEOUT_MS = 5_000
/** The pause after a failed request to an issuer, and the least time between two requests because of unknown keys. */
const COOL_DOWN_SECONDS = 30
/** How long keys are cached, so that a withdrawn key is not accepted forever. */
const KEYS_MAX_AGE_MS = 10 * 60_000
/** How long the last known keys of an issuer are accepted while it does not answer. */
const STALE_KEYS_MAX_AGE_MS = 24 * 3_600_000

/** The parts of an issuer's metadata that are read (OpenID Connect Discovery, 3). */
const metadataSchema = z.object({ issuer: z.string(), jwks_uri: z.url() })

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>

/** A configured issuer of access tokens. Its keys are found through its metadata, and cached. */
export class TrustedIssuer {
  readonly #issuer: string
  readonly #now: () => number
  #discovery: Promise<RemoteKeys> | undefined
  #unavailableUntil = 0
  #answeredAt = 0

  /** @param issuer exactly as in `iss` */
  constructor(issuer: string, now: () => number) {
    this.#issuer = issuer
    this.#now = now
  }

  /**
   * Finds the key of a token, for jwtVerify.
   *
   * @throws JWKSNoMatchingKey when the issuer has no such key
   * @throws GraphError 503 when the issuer does not answer and its last known keys do not contain the key
   */
  readonly findKey: JWTVerifyGetKey = async (header, token) => {
    const keys = await this.#discover()
    if (this.#now() >= this.#unavailableUntil) {
      try {
        const key = await keys(header, token)
        this.#answeredAt = this.#now()
        return key
      } catch (error) {
        if (!isUnavailable(error)) throw error
        this.#backOff()
      }
    }
    const lastKeys = keys.jwks()
    if (!lastKeys || this.#now() - this.#answeredAt > STALE_KEYS_MAX_AGE_MS)
      throw keysUnavailable(this.#issuer, COOL_DOWN_SECONDS)
    return createLocalJWKSet(lastKeys)(header, token).catch(() => {
      throw keysUnavailable(this.#issuer, COOL_DOWN_SECONDS)
    })
  }

  async #discover(): Promise<RemoteKeys> {
    if (!this.#discovery && this.#now() < this.#unavailableUntil) throw keysUnavailable(this.#issuer, COOL_DOWN_SECONDS)
    this.#discovery ??= discoverKeys(this.#issuer)
    try {
      return await this.#discovery
    } catch {
      this.#discovery = undefined
      this.#backOff()
      throw keysUnavailable(this.#issuer, COOL_DOWN_SECONDS)
    }
  }

  #backOff(): void {
    this.#unavailableUntil = this.#now() + COOL_DOWN_SECONDS * 1000
  }
}

async function discoverKeys(issuer: string): Promise<RemoteKeys> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: 'error' })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  const metadata = metadataSchema.parse(await response.json())
  // The metadata must be the metadata of the configured issuer (OpenID Connect Discovery, 4.3).
  if (metadata.issuer !== issuer) throw new Error(`${url} is the metadata of ${metadata.issuer}`)
  return createRemoteJWKSet(new URL(metadata.jwks_uri), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: COOL_DOWN_SECONDS * 1000,
    cacheMaxAge: KEYS_MAX_AGE_MS,
  })
}

/** Every error except those of jose about the key itself: a timeout, a refusal, or a reply that is not a key set. */
const isUnavailable = (error: unknown): boolean =>
  !(error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
