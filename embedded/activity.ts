import { setTimeout as sleep } from 'node:timers/promises'

/**
 * How long nothing may happen after a bot was contacted, or has sent a request, until it counts as done: a bot often
 * acknowledges a notification first and sends its request then.
 */
const BOT_PAUSE_MS = 25

/** Counts what a service is doing, to know when nothing is left to do until its clock goes on. */
export class Activity {
  #running = 0
  #lastContactAt = Number.NEGATIVE_INFINITY
  readonly #waiting = new Set<() => void>()

  /** Runs a task, during which the service is not idle. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    this.#add(1)
    try {
      return await task()
    } finally {
      this.#add(-1)
    }
  }

  /** Waits within a task for something that only the clock brings. */
  async pause<T>(wait: () => Promise<T>): Promise<T> {
    this.#add(-1)
    try {
      return await wait()
    } finally {
      this.#add(1)
    }
  }

  /** Runs a task in which a bot takes part. */
  async contact<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await this.run(task)
    } finally {
      this.#lastContactAt = performance.now()
    }
  }

  /** Resolves when nothing runs, and no bot is likely to be about to send a request. */
  async idle(): Promise<void> {
    for (;;) {
      // What a finished task has resumed runs first.
      await new Promise((resolve) => setImmediate(resolve))
      if (this.#running > 0) await new Promise<void>((resolve) => this.#waiting.add(resolve))
      else {
        const pauseMs = this.#lastContactAt + BOT_PAUSE_MS - performance.now()
        if (pauseMs <= 0) return
        await sleep(pauseMs)
      }
    }
  }

  #add(change: 1 | -1): void {
    this.#running += change
    if (this.#running > 0) return
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
