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
/** A token is taken for so long by a receiver whose clock is as late as Microsoft's libraries allow for. */
const LIVE_MS = TOKEN_LIFETIME_SECONDS * 1000 + 5 * MINUTE
const START = 1_700_000_000_000

const ids = (versions: readonly KeyVersionInfo[]) => versions.map(({ id }) => id)

/**
 * A key whose next version always comes before the last one ends, as rotation policies make it: some versions never end, some end
 * before older ones do, and some follow each other sooner than the first of them may sign.
 */
const history: fc.Arbitrary<KeyVersionInfo[]> = fc
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
      const made = createdAt
      createdAt += gap
      return {
        id: `version ${index}`,
        createdAt: made,
        expiresAt: spare === undefined ? undefined : createdAt + SIGNS_AFTER_MS + LIVE_MS + spare,
      }
    })
  })

/** A moment near one at which something changes. */
const moment = (versions: readonly KeyVersionInfo[]): fc.Arbitrary<number> => {
  const changes = versions.flatMap(({ createdAt, expiresAt = createdAt }) => [
    createdAt,
    createdAt + SIGNS_AFTER_MS,
    createdAt + SIGNS_AFTER_MS + LIVE_MS,
    expiresAt - LIVE_MS,
    expiresAt,
  ])
  return fc
    .tuple(fc.constantFrom(...changes), fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -DAY, max: DAY })))
    .map(([at, beside]) => Math.max(START, at + beside))
}
const upTo = (most: number) => fc.oneof(fc.constantFrom(0, most), fc.nat(most))

/** What a process knows whose list is so old. */
const known = (versions: readonly KeyVersionInfo[], at: number, lag: number) =>
  versions.filter(({ createdAt }) => createdAt <= at - lag)

const scene = history.chain((versions) =>
  fc.record({
    versions: fc.constant(versions),
    now: moment(versions),
    signerLag: upTo(MAX_LAG_MS),
    otherLag: upTo(MAX_LAG_MS),
    before: upTo(CACHED_MS),
    after: upTo(LIVE_MS - 1),
  }),
)

test('a receiver that has fetched the list while it may be kept has the key of every token, whichever process signs', () => {
  let met = 0
  fc.assert(
    fc.property(scene, ({ versions, now, signerLag, otherLag, before }) => {
      const { signing } = selectKeyVersions(known(versions, now, signerLag), now)
      const list = selectKeyVersions(known(versions, now - before, otherLag), now - before).published
      // Before the first version there was no list.
      if (!signing || list.length === 0) return
      met += 1
      expect(ids(list)).toContain(signing.id)
    }),
    { numRuns: 3_000 },
  )
  expect(met).toBeGreaterThan(1_000)
})

test('the key of a token that is still good is in every list', () => {
  let met = 0
  fc.assert(
    fc.property(scene, ({ versions, now, signerLag, otherLag, after }) => {
      const { signing } = selectKeyVersions(known(versions, now, signerLag), now)
      const list = selectKeyVersions(known(versions, now + after, otherLag), now + after).published
      if (!signing || known(versions, now + after, otherLag).length === 0) return
      met += 1
      expect(ids(list)).toContain(signing.id)
    }),
    { numRuns: 3_000 },
  )
  expect(met).toBeGreaterThan(1_000)
})

const first = { id: 'first', createdAt: START }
const second = { id: 'second', createdAt: START + 30 * DAY }
const at = (now: number, ...versions: KeyVersionInfo[]) => {
  const { signing, published } = selectKeyVersions(versions, now)
  return { signing: signing?.id, published: ids(published) }
}

test('the first version of a key signs at once', () => {
  expect(at(START, first)).toEqual({ signing: 'first', published: ['first'] })
})

test('the next one is published, signs a day and an hour later, and the last one goes when its tokens have', () => {
  const { createdAt } = second
  const both = ['first', 'second']
  const signs = createdAt + SIGNS_AFTER_MS
  expect(at(createdAt, second, first)).toEqual({ signing: 'first', published: both })
  expect(at(signs - 1, second, first)).toEqual({ signing: 'first', published: both })
  expect(at(signs, second, first)).toEqual({ signing: 'second', published: both })
  expect(at(signs + LIVE_MS - 1, second, first)).toEqual({ signing: 'second', published: both })
  expect(at(signs + LIVE_MS, second, first)).toEqual({ signing: 'second', published: ['second'] })
})

test('a version signs nothing that would outlive it, and is not published when it has expired', () => {
  const expiresAt = START + 10 * DAY
  const ending = { ...first, expiresAt }
  expect(at(expiresAt - LIVE_MS, ending).signing).toBe('first')
  expect(at(expiresAt - LIVE_MS + 1, ending)).toEqual({ signing: undefined, published: ['first'] })
  expect(at(expiresAt, ending)).toEqual({ signing: undefined, published: [] })
})

test('a version that is alone signs although it is new, as when the last one was disabled', () => {
  expect(at(second.createdAt, second)).toEqual({ signing: 'second', published: ['second'] })
})

test('of two versions of the same moment every process takes the same', () => {
  const twin = { ...first, id: 'twin' }
  expect(at(START, first, twin)).toEqual(at(START, twin, first))
  expect(at(START + SIGNS_AFTER_MS, first, twin).signing).toBe(at(START + SIGNS_AFTER_MS, twin, first).signing)
})
