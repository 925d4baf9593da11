import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createRefresher } from '../../../inspector/state/refresher.js'

const INTERVAL_MS = 100

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A refresher whose loads take a while, and the times at which they began. */
function startRefresher(loadMs: number) {
  const begun: number[] = []
  const start = Date.now()
  const refresher = createRefresher(async () => {
    begun.push(Date.now() - start)
    await new Promise((resolve) => setTimeout(resolve, loadMs))
  }, INTERVAL_MS)
  return { refresher, begun }
}

test('requests that arrive during a load lead to one more load, after the interval', async () => {
  const { refresher, begun } = startRefresher(10)
  refresher.request()
  refresher.request()
  refresher.request()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(begun).toEqual([0, 110])
})

test('a slow load is followed by a rest four times as long', async () => {
  const { refresher, begun } = startRefresher(200)
  refresher.request()
  refresher.request()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(begun).toEqual([0, 1_000])
})

test('a stopped refresher loads no more', async () => {
  const { refresher, begun } = startRefresher(10)
  refresher.request()
  refresher.request()
  refresher.stop()
  await vi.advanceTimersByTimeAsync(1_000)
  refresher.request()
  expect(begun).toEqual([0])
})
