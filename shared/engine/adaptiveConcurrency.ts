import type { Clock } from '../platform/clock.js'

/** How many tasks run at a time under any load. */
const MIN_PARALLEL = 8
/** How many tasks run at a time while the storage is fast. */
const MAX_PARALLEL = 128
/**
 * A read of one row that takes longer has usually waited for other requests. A storage that always takes this long is
 * not treated badly: 8 requests at a time are then the 800 a second that docs/scale.md assumes of a process.
 */
const SLOW_MS = 10

/**
 * Runs background work in parallel so that it delays the requests of clients little: more tasks at a time while the
 * storage answers fast, fewer while it is slow.
 */
export class AdaptiveConcurrency {
  readonly #clock: Clock
  #parallel = MIN_PARALLEL

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Starts a task for each item, in order, while a condition holds. Resolves when all have ended; the tasks must not
   * fail.
   */
  async forEachWhile<T>(
    condition: () => boolean,
    items: readonly T[],
    task: (item: T) => Promise<void>,
  ): Promise<void> {
    const running = new Set<Promise<void>>()
    for (const item of items) {
      if (!condition()) break
      const run: Promise<void> = task(item).finally(() => running.delete(run))
      running.add(run)
      while (running.size >= this.#parallel) await Promise.race(running)
    }
    await Promise.all(running)
  }

  /** Measures a read of one row. A fast one admits one more task; one that is slow or fails admits one fewer. */
  async measure<T>(read: () => Promise<T>): Promise<T> {
    const startedAt = this.#clock.now()
    let isFast = false
    try {
      const result = await read()
      isFast = this.#clock.now() - startedAt <= SLOW_MS
      return result
    } finally {
      this.#parallel = Math.min(MAX_PARALLEL, Math.max(MIN_PARALLEL, this.#parallel + (isFast ? 1 : -1)))
    }
  }
}
