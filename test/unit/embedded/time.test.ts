import { expect, onTestFinished, test, vi } from 'vitest'
import type { Machine } from '../../../embedded/machine.js'
import { Time } from '../../../embedded/time.js'

const START = 1_700_000_000_000
/** The clock and the timers that vitest replaces. */
const FAKE_MACHINE: Machine = {
  now: () => Date.now(),
  setTimeout: (run, milliseconds) => setTimeout(run, milliseconds),
  clearTimeout: (timeout) => clearTimeout(timeout),
}

function newTime() {
  vi.useFakeTimers({ now: START })
  onTestFinished(() => void vi.useRealTimers())
  return new Time(undefined, FAKE_MACHINE)
}

test('the clock runs with that of the machine', async () => {
  const time = newTime()
  const events: string[] = []
  time.at(START + 200, () => events.push('later'))
  time.at(START + 100, () => events.push('sooner'))
  await vi.advanceTimersByTimeAsync(100)
  expect(events).toEqual(['sooner'])
  await vi.advanceTimersByTimeAsync(100)
  expect(events).toEqual(['sooner', 'later'])
  expect(time.now()).toBe(START + 200)
})

test('a timer in the past fires soon', async () => {
  const time = newTime()
  const run = vi.fn()
  time.at(START - 1, run)
  await vi.advanceTimersByTimeAsync(1)
  expect(run).toHaveBeenCalledOnce()
})

test('a stopped clock fires nothing, also what is added later', async () => {
  const time = newTime()
  time.at(START + 1, () => expect.unreachable())
  time.stop()
  time.at(START + 2, () => expect.unreachable())
  await vi.advanceTimersByTimeAsync(10)
  expect(time.next()).toBeUndefined()
})

test('an advanced clock fires what is due, in its order, and runs on from there', async () => {
  const time = newTime()
  const events: number[] = []
  for (const seconds of [30, 10, 20]) time.at(START + seconds * 1_000, () => events.push(seconds))
  time.advanceTo(START + 20_000)
  expect(events).toEqual([10, 20])
  expect(time.now()).toBe(START + 20_000)
  expect(time.next()).toBe(START + 30_000)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(events).toEqual([10, 20, 30])
})

test('a clock is not set back', () => {
  const time = newTime()
  time.advanceTo(START - 1_000)
  expect(time.now()).toBe(START)
})

test('a timer beyond the longest delay of the machine does not fire early', async () => {
  const time = newTime()
  const days = 40 * 24 * 3_600_000
  const run = vi.fn()
  time.at(START + days, run)
  await vi.advanceTimersByTimeAsync(days - 1)
  expect(run).not.toHaveBeenCalled()
  await vi.advanceTimersByTimeAsync(1)
  expect(run).toHaveBeenCalledOnce()
})

test('sleep ends when the clock is advanced', async () => {
  const time = newTime()
  const slept = time.sleep(60_000)
  time.advanceTo(START + 60_000)
  await expect(slept).resolves.toBeUndefined()
})

test('a clock can start at another time than that of the machine', () => {
  newTime()
  expect(new Time(START - 5_000, FAKE_MACHINE).now()).toBe(START - 5_000)
})
