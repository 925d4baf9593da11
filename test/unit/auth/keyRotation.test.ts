import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  KEY_LIST_CACHE_SECONDS,
  type KeyVersionInfo,
  MAX_LAG_MS,
  selectKeyVersions,
  TOKEN_LIFETIME_SECONDS,
} from '../../../shared/auth/keys/keyRotation.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const CACHED_MS = KEY_LIST_CACHE_SECONDS * 1000
const SIGNS_AFTER_MS = CACHED_MS + MAX_LAG_MS
/** How long a receiver accepts a token when its clock is as late as Microsoft's libraries allow. */
const ACCEPTED_MS = TOKEN_LIFETIME_SECONDS * 1000 + 5 * MINUTE
const START = 1_700_000_000_000

const ids = (versions: readonly KeyVersionInfo[]) => versions.map(({ id }) => id)

/**
 * The versions of a key. As with rotation policies, the next version always comes before the last one expires. Some
 * versions never expire, some expire before older ones, and some follow a version that does not sign yet.
 */
const anyVersions: fc.Arbitrary<KeyVersionInfo[]> = fc
  .array(
    fc.record({
      gap: fc.oneof(fc.nat(3 * DAY), fc.nat(90 * DAY)),
      spare: fc.option(fc.oneof(fc.nat(2 * DAY), fc.nat(400 * DAY)), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((steps) => {
    let createdAt = START
    return steps.map(({ gap, spare }, index) => {
      const ownCreatedAt = createdAt
      createdAt += gap
      return {
        id: `version ${index}`,
        createdAt: ownCreatedAt,
        expiresAt: spare === undefined ? undefined : createdAt + SIGNS_AFTER_MS + ACCEPTED_MS + spare,
      }
    })
  })

/** A time at or near a change of the selection. */
const anyTime = (versions: readonly KeyVersionInfo[]): fc.Arbitrary<number> => {
  const changes = versions.flatMap(({ createdAt, expiresAt = createdAt }) => [
    createdAt,
    createdAt + SIGNS_AFTER_MS,
    createdAt + SIGNS_AFTER_MS + ACCEPTED_MS,
    expiresAt - ACCEPTED_MS,
    expiresAt,
  ])
  return fc
    .tuple(fc.constantFrom(...changes), fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -DAY, max: DAY })))
    .map(([at, offset]) => Math.max(START, at + offset))
}
const anyUpTo = (max: number) => fc.oneof(fc.constantFrom(0, max), fc.nat(max))

/** The versions in a process whose list is `lag` old. */
const knownVersions = (versions: readonly KeyVersionInfo[], at: number, lag: number) =>
  versions.filter(({ createdAt }) => createdAt <= at - lag)

const anyScene = anyVersions.chain((versions) =>
  fc.record({
    versions: fc.constant(versions),
    now: anyTime(versions),
    signerLag: anyUpTo(MAX_LAG_MS),
    otherLag: anyUpTo(MAX_LAG_MS),
    before: anyUpTo(CACHED_MS),
    after: anyUpTo(ACCEPTED_MS - 1),
  }),
)

test('a cached list contains the key of every token, whichever process signs', () => {
  let checked = 0
  fc.assert(
    fc.property(anyScene, ({ versions, now, signerLag, otherLag, before }) => {
      const { signing } = selectKeyVersions(knownVersions(versions, now, signerLag), now)
      const list = selectKeyVersions(knownVersions(versions, now - before, otherLag), now - before).published
      // There is no list before the first version.
      if (!signing || list.length === 0) return
      checked += 1
      expect(ids(list)).toContain(signing.id)
    }),
    { numRuns: 3_000 },
  )
  expect(checked).toBeGreaterThan(1_000)
})

test('every list contains the key of every unexpired token', () => {
  let checked = 0
  fc.assert(
    fc.property(anyScene, ({ versions, now, signerLag, otherLag, after }) => {
      const { signing } = selectKeyVersions(knownVersions(versions, now, signerLag), now)
      const list = selectKeyVersions(knownVersions(versions, now + after, otherLag), now + after).published
      if (!signing || knownVersions(versions, now + after, otherLag).length === 0) return
      checked += 1
      expect(ids(list)).toContain(signing.id)
    }),
    { numRuns: 3_000 },
  )
  expect(checked).toBeGreaterThan(1_000)
})

const first = { id: 'first', createdAt: START }
const second = { id: 'second', createdAt: START + 30 * DAY }
const select = (now: number, ...versions: KeyVersionInfo[]) => {
  const { signing, published } = selectKeyVersions(versions, now)
  return { signing: signing?.id, published: ids(published) }
}

test('the first version of a key signs at once', () => {
  expect(select(START, first)).toEqual({ signing: 'first', published: ['first'] })
})

test('the next version is published at once, signs a day and an hour later, and replaces the first', () => {
  const { createdAt } = second
  const firstAndSecond = ['first', 'second']
  const signs = createdAt + SIGNS_AFTER_MS
  expect(select(createdAt, second, first)).toEqual({ signing: 'first', published: firstAndSecond })
  expect(select(signs - 1, second, first)).toEqual({ signing: 'first', published: firstAndSecond })
  expect(select(signs, second, first)).toEqual({ signing: 'second', published: firstAndSecond })
  expect(select(signs + ACCEPTED_MS - 1, second, first)).toEqual({ signing: 'second', published: firstAndSecond })
  expect(select(signs + ACCEPTED_MS, second, first)).toEqual({ signing: 'second', published: ['second'] })
})

test('a version signs no token that would outlive it, and is not published after it expires', () => {
  const expiresAt = START + 10 * DAY
  const ending = { ...first, expiresAt }
  expect(select(expiresAt - ACCEPTED_MS, ending).signing).toBe('first')
  expect(select(expiresAt - ACCEPTED_MS + 1, ending)).toEqual({ signing: undefined, published: ['first'] })
  expect(select(expiresAt, ending)).toEqual({ signing: undefined, published: [] })
})

test('a new version signs at once when no other version is enabled', () => {
  expect(select(second.createdAt, second)).toEqual({ signing: 'second', published: ['second'] })
})

test('every process selects the same of two versions with the same creation time', () => {
  const twin = { ...first, id: 'twin' }
  expect(select(START, first, twin)).toEqual(select(START, twin, first))
  expect(select(START + SIGNS_AFTER_MS, first, twin).signing).toBe(select(START + SIGNS_AFTER_MS, twin, first).signing)
})
