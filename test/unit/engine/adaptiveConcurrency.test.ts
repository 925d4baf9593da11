import { expect, test } from 'vitest'
import { AdaptiveConcurrency } from '../../../shared/engine/adaptiveConcurrency.js'
import { VirtualTime } from '../../proof/simulation/time.js'

const MAX = 128
const MIN = 8
const TASKS = 5_000

/** A storage in virtual time. */
class Storage {
  readonly time = new VirtualTime(0)
  /** How long a request takes, in milliseconds. */
  requestMs: number
  /** How many requests it processes at a time; the others wait. */
  readonly #capacity: number
  readonly #waiting: (() => void)[] = []
  #active = 0

  constructor(requestMs: number, capacity = Number.POSITIVE_INFINITY) {
    this.requestMs = requestMs
    this.#capacity = capacity
  }

  request(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#processNext()
    })
  }

  #processNext(): void {
    if (this.#active === this.#capacity) return
    const resolve = this.#waiting.shift()
    if (!resolve) return
    this.#active++
    this.time.after(this.requestMs, () => {
      this.#active--
      resolve()
      this.#processNext()
    })
  }
}

const newConcurrency = ({ time }: Storage) =>
  new AdaptiveConcurrency({ now: () => time.now, sleep: async () => undefined })

/** Runs tasks of two requests, of which the first is measured. Returns how many ran after each start of a task. */
async function runTasks(storage: Storage, onStart: (task: number) => void = () => undefined): Promise<number[]> {
  const concurrency = newConcurrency(storage)
  const started: number[] = []
  const counts: number[] = []
  let running = 0
  const tasks = Array.from({ length: TASKS }, (_, index) => index)
  const all = concurrency.forEachWhile(
    () => true,
    tasks,
    async (task) => {
      started.push(task)
      counts.push(++running)
      onStart(task)
      await concurrency.measure(() => storage.request())
      await storage.request()
      running--
    },
  )
  await storage.time.runUntil(1_000_000)
  await all
  expect(started).toEqual(tasks)
  expect(running).toBe(0)
  return counts
}

test('few tasks run at first, and many once the storage has answered fast', async () => {
  const counts = await runTasks(new Storage(5))
  expect(counts.slice(0, MIN + 1)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 8])
  // Every fast read admits one more task, so their number soon doubles: 8, 16, 32, 64, 128.
  expect(Math.max(...counts.slice(0, 500))).toBe(MAX)
  expect(Math.max(...counts)).toBe(MAX)
})

test('few tasks run while their requests wait for each other', async () => {
  const counts = await runTasks(new Storage(2, 1))
  // A read is slow above 10 ms, which is the time of five requests.
  expect(Math.max(...counts)).toBeLessThan(2 * MIN)
  expect(counts.at(-1)).toBeLessThanOrEqual(MIN)
})

test('when the storage becomes slow, fewer tasks run', async () => {
  const storage = new Storage(1)
  const counts = await runTasks(storage, (task) => {
    if (task === TASKS / 2) storage.requestMs = 100
  })
  expect(counts[TASKS / 2]).toBe(MAX)
  expect(Math.max(...counts.slice(TASKS / 2 + 2 * MAX))).toBe(MIN)
})

test('few tasks run while reads fail, however fast', async () => {
  const concurrency = newConcurrency(new Storage(1))
  let [running, most] = [0, 0]
  await concurrency.forEachWhile(
    () => true,
    Array.from({ length: 100 }),
    async () => {
      most = Math.max(most, ++running)
      await expect(concurrency.measure(() => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer')
      running--
    },
  )
  expect(most).toBe(MIN)
})

test('no task starts when the condition no longer holds', async () => {
  const started: number[] = []
  const concurrency = newConcurrency(new Storage(1))
  await concurrency.forEachWhile(
    () => started.length < 3,
    [1, 2, 3, 4, 5],
    async (task) => void started.push(task),
  )
  expect(started).toEqual([1, 2, 3])
})
