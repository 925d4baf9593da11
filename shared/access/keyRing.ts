import type { JWK } from 'jose'
import { rotate, type Version } from './keyRotation.js'
import type { SigningKey } from './signingKey.js'

/** How soon what versions there are is looked up again, at the earliest. Much shorter than MAX_LAG_MS of the rotation. */
export const READ_AGAIN_MS = 5 * 60_000

/** A version of a key, in a file or in a vault. */
export interface KeyVersion extends Version {
  load(): Promise<SigningKey>
}

/** A key with its versions: one of them signs, and those that may be met are published. */
export class KeyRing {
  readonly #read: () => Promise<readonly KeyVersion[]>
  #versions: readonly KeyVersion[] | undefined
  #readAt = Number.NEGATIVE_INFINITY
  #reading: Promise<readonly KeyVersion[]> | undefined

  /** @param read looks up every version that may be used */
  constructor(read: () => Promise<readonly KeyVersion[]>) {
    this.#read = read
  }

  /** The version that signs now. @throws Error when there is none, or the versions have never been read and can't be. */
  async current(now: number): Promise<SigningKey> {
    const { signing } = rotate(await this.#versionsAt(now), now)
    if (!signing) throw new Error('No version of the signing key is enabled and lives longer than a token.')
    return signing.load()
  }

  /** The public half of every version whose tokens may be met. @throws Error as `current` */
  async published(now: number): Promise<JWK[]> {
    const { published } = rotate(await this.#versionsAt(now), now)
    const keys = await Promise.all(published.map((version) => version.load()))
    return keys.map(({ publicJwk }) => publicJwk)
  }

  /** Who comes when it is time waits: a process that has slept for hours must not act on what it knew. */
  async #versionsAt(now: number): Promise<readonly KeyVersion[]> {
    if (this.#versions && now - this.#readAt < READ_AGAIN_MS) return this.#versions
    this.#reading ??= this.#readAgain(now).finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** What was read last goes on being used when nothing can be read. */
  async #readAgain(now: number): Promise<readonly KeyVersion[]> {
    try {
      const versions = await this.#read()
      await Promise.all(rotate(versions, now).published.map((version) => version.load()))
      this.#versions = versions
    } catch (error) {
      if (!this.#versions) throw error
      console.warn(`The versions of the signing key can't be read, and those that are known go on being used: ${error}`)
    }
    this.#readAt = now
    return this.#versions
  }
}
