import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RateLimit, WINDOW_MS } from '../../../shared/auth/rateLimit.js'
import { MemoryTables } from '../../../shared/storage/memory.js'

const START = 1_700_000_000_000 - (1_700_000_000_000 % WINDOW_MS)
/** A process may let a twentieth pass without asking. */
const SHARE = 0.05

function hosts(count: number, limit: number, clockOf: (host: number) => () => number) {
  const tables = new MemoryTables()
  return Array.from({ length: count }, (_, host) => new RateLimit(tables, limit, clockOf(host)))
}

async function passed(limit: RateLimit, requests: number, application = 'bot'): Promise<number> {
  const refused = await Promise.all(Array.from({ length: requests }, () => limit.consume(application)))
  return refused.filter((wait) => wait === undefined).length
}

test('an application gets what the limit says in a window, is told when the next begins, and gets it again then', async () => {
  const clock = { now: START + 2_500 }
  const [host] = hosts(1, 100, () => () => clock.now) as [RateLimit]
  expect(await passed(host, 300)).toBe(105)
  expect(await host.consume('bot')).toBe(8)
  expect(await host.consume('another bot')).toBeUndefined()
  clock.now += 7_500
  expect(await passed(host, 300)).toBe(105)
})

test('one that is far from the limit costs no request to the storage; one that is refused costs none either', async () => {
  let asked = 0
  class Counting extends MemoryTables {
    override get = async <T>(...args: Parameters<MemoryTables['get']>) => {
      asked += 1
      return super.get<T>(...args)
    }
  }
  const host = new RateLimit(new Counting(), 1_000, () => START)
  expect(await passed(host, 50)).toBe(50)
  expect(asked).toBe(0)
  await passed(host, 2_000)
  expect(asked).toBe(21)
  await passed(host, 2_000)
  expect(asked).toBe(21)
})

test('without a limit everything passes', async () => {
  const [host] = hosts(1, 0, () => () => START) as [RateLimit]
  expect(await passed(host, 10_000)).toBe(10_000)
})

test('over several hosts it is the limit, give or take a twentieth for each of them', async () => {
  const loads = fc.array(fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 5 }), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 5 }),
      loads,
      async (limit, count, turns) => {
        const all = hosts(count, limit, () => () => START)
        const share = Math.ceil(limit * SHARE)
        let [asked, granted] = [0, 0]
        for (const turn of turns) {
          const batch = turn.slice(0, count).map((requests, host) => {
            asked += requests
            return passed(all[host] as RateLimit, requests)
          })
          granted += (await Promise.all(batch)).reduce((sum, one) => sum + one, 0)
        }
        expect(granted).toBeLessThanOrEqual(limit + count * share)
        // Whoever was refused although there was room was so for what others had taken and not used.
        expect(granted).toBeGreaterThanOrEqual(Math.min(asked, limit - count * share))
      },
    ),
    { numRuns: 300 },
  )
})

test('a host whose clock is ahead is the one whose window counts, and gets nothing twice', async () => {
  const [behind, ahead] = hosts(2, 100, (host) => () => START + host * WINDOW_MS) as [RateLimit, RateLimit]
  expect(await passed(ahead, 300)).toBe(105)
  expect(await passed(behind, 300)).toBe(5)
  expect(await passed(ahead, 300)).toBe(0)
})
