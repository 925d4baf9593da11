import { hash } from 'node:crypto'
import type { JWTHeaderParameters, JWTPayload, JWTVerifyResult, ResolvedKey } from 'jose'

/** A bot uses one token for an hour, so this is the number of bots that share a process without verifying again. */
const MAX_TOKENS = 1_000

/** A token that was verified, and the key that signed it. */
export interface VerifiedToken {
  readonly header: JWTHeaderParameters
  readonly payload: JWTPayload
  readonly key: ResolvedKey['key']
  /** When it was verified, in milliseconds since 1970. */
  readonly verifiedAt: number
}

/**
 * The tokens that were verified last. Says nothing about whether a token is still valid: its key and its times must be
 * checked with each use. Keeps a digest of each token, so that no copy of the memory contains a token.
 */
export class VerifiedTokens {
  readonly #tokens = new Map<string, VerifiedToken>()

  find(token: string): VerifiedToken | undefined {
    return this.#tokens.get(digestOf(token))
  }

  add(token: string, { protectedHeader, payload, key }: JWTVerifyResult & ResolvedKey, verifiedAt: number): void {
    const digest = digestOf(token)
    // A token that is verified again becomes the newest, and needs no room.
    this.#tokens.delete(digest)
    const [oldest] = this.#tokens.keys()
    if (this.#tokens.size >= MAX_TOKENS && oldest !== undefined) this.#tokens.delete(oldest)
    this.#tokens.set(digest, { header: protectedHeader, payload, key, verifiedAt })
  }
}

const digestOf = (token: string): string => hash('sha256', token, 'base64')
