import type { JWK } from 'jose'
import { type KeyVersionInfo, selectKeyVersions } from './keyRotation.js'
import type { SigningKey } from './signingKey.js'

/** The least time between two readings of the versions: much shorter than MAX_LAG_MS of the rotation. */
export const REFRESH_INTERVAL_MS = 5 * 60_000

/** A version of a key, in a file or in a vault. */
export interface KeyVersion extends KeyVersionInfo {
  load(): Promise<SigningKey>
}

/** A key with its versions: one version signs, and every version whose tokens may still be in use is published. */
export class KeyRing {
  readonly #readVersions: () => Promise<readonly KeyVersion[]>
  #versions: readonly KeyVersion[] | undefined
  #readAt = Number.NEGATIVE_INFINITY
  #reading: Promise<readonly KeyVersion[]> | undefined

  /** @param readVersions reads every version that may be used */
  constructor(readVersions: () => Promise<readonly KeyVersion[]>) {
    this.#readVersions = readVersions
  }

  /**
   * The version that signs now.
   *
   * @throws Error when there is none, or when the versions have never been read and cannot be read now
   */
  async getSigningKey(now: number): Promise<SigningKey> {
    const { signing } = selectKeyVersions(await this.#versionsAt(now), now)
    if (!signing) throw new Error('No version of the signing key is enabled and lives longer than a token.')
    return signing.load()
  }

  /**
   * The public keys of every version whose tokens may still be in use.
   *
   * @throws Error when the versions have never been read and cannot be read now
   */
  async getPublicKeys(now: number): Promise<JWK[]> {
    const { published } = selectKeyVersions(await this.#versionsAt(now), now)
    const keys = await Promise.all(published.map((version) => version.load()))
    return keys.map(({ publicJwk }) => publicJwk)
  }

  /**
   * A request waits for a due refresh: a process that was suspended for hours must not use the versions it knew before.
   */
  async #versionsAt(now: number): Promise<readonly KeyVersion[]> {
    if (this.#versions && now - this.#readAt < REFRESH_INTERVAL_MS) return this.#versions
    this.#reading ??= this.#refresh(now).finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** When the versions cannot be read, the versions of the last reading stay in use. */
  async #refresh(now: number): Promise<readonly KeyVersion[]> {
    try {
      const versions = await this.#readVersions()
      await Promise.all(selectKeyVersions(versions, now).published.map((version) => version.load()))
      this.#versions = versions
    } catch (error) {
      if (!this.#versions) throw error
      console.warn(`The versions of the signing key cannot be read; the known versions stay in use: ${error}`)
    }
    this.#readAt = now
    return this.#versions
  }
}
