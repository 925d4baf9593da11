import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RateLimit, WINDOW_MS } from '../../../shared/auth/rateLimit.js'
import { MemoryTables } from '../../../shared/storage/memory.js'

const START = 1_700_000_000_000 - (1_700_000_000_000 % WINDOW_MS)
/** A process grants a twentieth of the limit without a storage request. */
const SHARE = 0.05

function createHosts(count: number, limit: number, clockOf: (host: number) => () => number) {
  const tables = new MemoryTables()
  return Array.from({ length: count }, (_, host) => new RateLimit(tables, limit, clockOf(host)))
}

async function countGranted(limit: RateLimit, requests: number, application = 'bot'): Promise<number> {
  const waits = await Promise.all(Array.from({ length: requests }, () => limit.consume(application)))
  return waits.filter((wait) => wait === undefined).length
}

test('an application gets the limit in each window, and a refusal tells the seconds until the next', async () => {
  const clock = { now: START + 2_500 }
  const [host] = createHosts(1, 100, () => () => clock.now) as [RateLimit]
  expect(await countGranted(host, 300)).toBe(105)
  expect(await host.consume('bot')).toBe(8)
  expect(await host.consume('another bot')).toBeUndefined()
  clock.now += 7_500
  expect(await countGranted(host, 300)).toBe(105)
})

test('an application far below the limit, and a refused one, cost no storage request', async () => {
  let reads = 0
  class CountingTables extends MemoryTables {
    override get = async <T>(...args: Parameters<MemoryTables['get']>) => {
      reads += 1
      return super.get<T>(...args)
    }
  }
  const host = new RateLimit(new CountingTables(), 1_000, () => START)
  expect(await countGranted(host, 50)).toBe(50)
  expect(reads).toBe(0)
  await countGranted(host, 2_000)
  expect(reads).toBe(21)
  await countGranted(host, 2_000)
  expect(reads).toBe(21)
})

test('the limit 0 grants every request', async () => {
  const [host] = createHosts(1, 0, () => () => START) as [RateLimit]
  expect(await countGranted(host, 10_000)).toBe(10_000)
})

test('several hosts together grant the limit, plus or minus a twentieth for each of them', async () => {
  const anyTurns = fc.array(fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 5 }), {
    maxLength: 8,
  })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 5 }),
      anyTurns,
      async (limit, count, turns) => {
        const limits = createHosts(count, limit, () => () => START)
        const share = Math.ceil(limit * SHARE)
        let [asked, granted] = [0, 0]
        for (const turn of turns) {
          const batch = turn.slice(0, count).map((requests, host) => {
            asked += requests
            return countGranted(limits[host] as RateLimit, requests)
          })
          granted += (await Promise.all(batch)).reduce((sum, batchCount) => sum + batchCount, 0)
        }
        expect(granted).toBeLessThanOrEqual(limit + count * share)
        // A request below the limit is refused when other hosts have taken shares that they do not use.
        expect(granted).toBeGreaterThanOrEqual(Math.min(asked, limit - count * share))
      },
    ),
    { numRuns: 300 },
  )
})

test('the window of the host whose clock is ahead counts, and that host gets nothing twice', async () => {
  const [behind, ahead] = createHosts(2, 100, (host) => () => START + host * WINDOW_MS) as [RateLimit, RateLimit]
  expect(await countGranted(ahead, 300)).toBe(105)
  expect(await countGranted(behind, 300)).toBe(5)
  expect(await countGranted(ahead, 300)).toBe(0)
})
