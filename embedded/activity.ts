import { elapsed, MACHINE, nextTurn, sleep } from './machine.js'

/**
 * How long nothing may happen after a bot was contacted, or has sent a request, until it counts as done: a bot often
 * acknowledges a notification first and sends its request then.
 */
const BOT_PAUSE_MS = 25

/** Knows what a service is doing, and when nothing is left to do until its clock advances. */
export class Activity {
  readonly #running = new Set<{ readonly name: string }>()
  readonly #waiting = new Set<() => void>()
  #paused = 0
  #lastContactAt = Number.NEGATIVE_INFINITY

  /** Runs a task, during which the service is not idle. */
  async run<T>(name: string, run: () => Promise<T>): Promise<T> {
    const task = { name }
    this.#running.add(task)
    try {
      return await run()
    } finally {
      this.#running.delete(task)
      this.#notify()
    }
  }

  /** Waits within a task for something that only the clock brings. */
  async pause<T>(wait: () => Promise<T>): Promise<T> {
    this.#paused += 1
    this.#notify()
    try {
      return await wait()
    } finally {
      this.#paused -= 1
    }
  }

  /** Runs a task in which a bot takes part. */
  async contact<T>(name: string, run: () => Promise<T>): Promise<T> {
    try {
      return await this.run(name, run)
    } finally {
      this.#lastContactAt = elapsed()
    }
  }

  /**
   * Resolves when nothing runs, and no bot is likely to be about to send a request.
   *
   * @throws Error after a time, which names what still runs
   */
  async idle(withinMs: number): Promise<void> {
    const deadline = elapsed() + withinMs
    for (;;) {
      // What a finished task has resumed runs first.
      await nextTurn()
      const pauseMs = this.#lastContactAt + BOT_PAUSE_MS - elapsed()
      if (this.#isBusy) await this.#waitForEnd(deadline - elapsed())
      else if (pauseMs <= 0) return
      else await sleep(pauseMs)
      if (this.#isBusy && elapsed() > deadline) throw new Error(this.#describe(withinMs))
    }
  }

  get #isBusy(): boolean {
    return this.#running.size > this.#paused
  }

  #describe(withinMs: number): string {
    const names = new Set([...this.#running].map(({ name }) => name))
    return `After ${withinMs / 1_000} s this is still running: ${[...names].join(', ')}.`
  }

  /** Waits until a task ends or pauses, or for a time. */
  #waitForEnd(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timeout = MACHINE.setTimeout(() => finish(), Math.max(0, withinMs) + 1)
      const finish = () => {
        MACHINE.clearTimeout(timeout)
        this.#waiting.delete(finish)
        resolve()
      }
      this.#waiting.add(finish)
    })
  }

  #notify(): void {
    if (this.#isBusy) return
    for (const finish of this.#waiting) finish()
  }
}
