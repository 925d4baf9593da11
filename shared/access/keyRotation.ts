/** A version of a key, as far as its turn goes. Times are in milliseconds since 1970. */
export interface Version {
  readonly id: string
  readonly createdAt: number
  readonly expiresAt?: number | undefined
}

/** How long anybody may keep our lists of keys: a day, as Entra ID says of its own, and tells receivers to look again. */
export const LIST_CACHED_SECONDS = 86_400
/** How long a token lives: an hour, as bots know it. */
export const TOKEN_SECONDS = 3600
/** By how much a receiver may be late in taking a token for expired: what Microsoft's libraries allow (ClockSkew). */
const CLOCK_TOLERANCE_MS = 5 * 60_000
/** How far behind a process may be with what versions there are: its list is some minutes old, and the vault may be away. */
export const MAX_LAG_MS = 3_600_000

/** A version signs when every list without it has been thrown away. */
const SIGNS_AFTER_MS = LIST_CACHED_SECONDS * 1000 + MAX_LAG_MS
/** For so long after its last signature a version is still met. */
const MET_FOR_MS = TOKEN_SECONDS * 1000 + CLOCK_TOLERANCE_MS

/**
 * Which version signs at a moment, and which are published. A version is published as soon as it is there, signs once nobody has a
 * list without it, and is published until its last token has expired; it signs nothing that would outlive it.
 *
 * @returns no `signing` where every version has expired, or will before a token would
 */
export function rotate<V extends Version>(
  versions: readonly V[],
  now: number,
): { readonly signing: V | undefined; readonly published: readonly V[] } {
  const living = versions.filter((one) => endOf(one) > now).toSorted(byAge)
  const able = living.filter((one) => endOf(one) >= now + MET_FOR_MS)
  // Of a key that is new itself, nobody has a list without its first version.
  const signing = able.findLast((one) => one.createdAt + SIGNS_AFTER_MS <= now) ?? able[0]
  // One that lives longer than what has followed it takes over again.
  const isReplaced = (one: V, index: number) =>
    living
      .slice(index + 1)
      .some((newer) => newer.createdAt + SIGNS_AFTER_MS + MET_FOR_MS <= now && endOf(newer) >= endOf(one))
  return { signing, published: living.filter((one, index) => !isReplaced(one, index)) }
}

const endOf = ({ expiresAt = Number.POSITIVE_INFINITY }: Version): number => expiresAt

/** The oldest first; of the same moment in an order that every process sees. */
const byAge = (a: Version, b: Version): number => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)
