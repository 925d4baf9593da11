import type { Clock } from '../shared/platform/clock.js'

/** The longest delay of setTimeout; it fires at once for a longer one. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

interface Timer {
  readonly at: number
  readonly run: () => void
}

/**
 * A clock that goes as the clock of the machine does, and can be put forward. What is due fires in its order, also when
 * the clock is put forward beyond it.
 */
export class Time implements Clock {
  readonly #timers = new Set<Timer>()
  #offsetMs: number
  #timeout: NodeJS.Timeout | undefined

  /** @param start the time at which it starts, in milliseconds since 1970 */
  constructor(start = Date.now()) {
    this.#offsetMs = start - Date.now()
  }

  now(): number {
    return Date.now() + this.#offsetMs
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.at(this.now() + milliseconds, resolve))
  }

  /** Runs a function at a time, or soon if that has passed. Returns a function that cancels it. */
  at(time: number, run: () => void): () => void {
    const timer = { at: time, run }
    this.#timers.add(timer)
    this.#arm()
    return () => void this.#timers.delete(timer)
  }

  /** The time of the next timer. */
  next(): number | undefined {
    return this.#findNext()?.at
  }

  /** Puts the clock forward to a time, and runs what is due by then. */
  forwardTo(time: number): void {
    this.#offsetMs += Math.max(0, time - this.now())
    this.#runDue()
  }

  /** Forgets all timers. */
  stop(): void {
    clearTimeout(this.#timeout)
    this.#timers.clear()
  }

  #findNext(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) if (!next || timer.at < next.at) next = timer
    return next
  }

  #runDue(): void {
    const now = this.now()
    for (let next = this.#findNext(); next && next.at <= now; next = this.#findNext()) {
      this.#timers.delete(next)
      next.run()
    }
    this.#arm()
  }

  #arm(): void {
    clearTimeout(this.#timeout)
    const next = this.#findNext()
    if (!next) return
    const delayMs = Math.min(Math.max(0, next.at - this.now()), MAX_TIMEOUT_MS)
    // A service that listens keeps its process running; its timers alone do not.
    this.#timeout = setTimeout(() => this.#runDue(), delayMs).unref()
  }
}
