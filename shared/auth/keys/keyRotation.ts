/** What the rotation needs to know about a version of a key. Times are in milliseconds since 1970. */
export interface KeyVersionInfo {
  readonly id: string
  readonly createdAt: number
  readonly expiresAt?: number | undefined
}

/** How long clients may cache a list of keys: a day, like those of Entra ID, which tells receivers to refresh daily. */
export const KEY_LIST_CACHE_SECONDS = 86_400
/** How long a token is valid: an hour, as bots know it from the real service. */
export const TOKEN_LIFETIME_SECONDS = 3600
/** How long after its expiry a receiver may still accept a token: the default of Microsoft's libraries (ClockSkew). */
const RECEIVER_CLOCK_SKEW_MS = 5 * 60_000
/** How outdated the versions in a process may be: it reads them every few minutes, and the vault may be unavailable. */
export const MAX_LAG_MS = 3_600_000

/** A version signs only after every cached list without it has expired. */
const SIGNING_DELAY_MS = KEY_LIST_CACHE_SECONDS * 1000 + MAX_LAG_MS
/** How long after the last signature of a version its tokens are accepted. */
const TOKEN_ACCEPTANCE_MS = TOKEN_LIFETIME_SECONDS * 1000 + RECEIVER_CLOCK_SKEW_MS

/**
 * Selects the version that signs at a moment, and the versions that are published. A version is published from its
 * creation until its last token has expired. It signs once every cached list contains it, and signs no token that would
 * outlive it.
 *
 * @returns no `signing` when every version has expired, or would expire before a token
 */
export function selectKeyVersions<V extends KeyVersionInfo>(
  versions: readonly V[],
  now: number,
): { readonly signing: V | undefined; readonly published: readonly V[] } {
  const unexpired = versions.filter((version) => expiryOf(version) > now).toSorted(compareAge)
  const signable = unexpired.filter((version) => expiryOf(version) >= now + TOKEN_ACCEPTANCE_MS)
  // The first version of a new key signs at once: no list without it was ever published.
  const signing = signable.findLast(({ createdAt }) => createdAt + SIGNING_DELAY_MS <= now) ?? signable[0]
  // A version that outlives a newer one signs again after it, so it is not replaced by that one.
  const isReplaced = (version: V, index: number) =>
    unexpired
      .slice(index + 1)
      .some(
        (newer) =>
          newer.createdAt + SIGNING_DELAY_MS + TOKEN_ACCEPTANCE_MS <= now && expiryOf(newer) >= expiryOf(version),
      )
  return { signing, published: unexpired.filter((version, index) => !isReplaced(version, index)) }
}

const expiryOf = ({ expiresAt = Number.POSITIVE_INFINITY }: KeyVersionInfo): number => expiresAt

/** Sorts the oldest first. Versions of the same moment are sorted by id, so that every process selects the same one. */
const compareAge = (a: KeyVersionInfo, b: KeyVersionInfo): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)
