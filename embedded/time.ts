import type { Clock } from '../shared/platform/clock.js'
import { MACHINE, type Machine } from './machine.js'

/** The longest delay of setTimeout; it fires at once for a longer one. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

interface Timer {
  readonly at: number
  readonly run: () => void
}

/**
 * A clock that runs with the clock of the machine, and can be advanced. What is due fires in its order, also when the
 * clock is advanced beyond it.
 */
export class Time implements Clock {
  readonly #machine: Machine
  readonly #timers = new Set<Timer>()
  #offsetMs: number
  #timeout: NodeJS.Timeout | undefined
  #isStopped = false

  /** @param start the time at which it starts, in milliseconds since 1970; by default that of the machine */
  constructor(start?: number, machine: Machine = MACHINE) {
    this.#machine = machine
    this.#offsetMs = start === undefined ? 0 : start - machine.now()
  }

  now(): number {
    return this.#machine.now() + this.#offsetMs
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.at(this.now() + milliseconds, resolve))
  }

  /** Runs a function at a time, or soon if that has passed. A stopped clock never runs it. */
  at(time: number, run: () => void): void {
    if (this.#isStopped) return
    this.#timers.add({ at: time, run })
    this.#arm()
  }

  /** The time of the next timer. */
  next(): number | undefined {
    return this.#findNext()?.at
  }

  /** Advances the clock to a time, and runs what is due by then. */
  advanceTo(time: number): void {
    this.#offsetMs += Math.max(0, time - this.now())
    this.#runDue()
  }

  /** Forgets all timers, and takes no more. */
  stop(): void {
    this.#isStopped = true
    this.#machine.clearTimeout(this.#timeout)
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
    this.#machine.clearTimeout(this.#timeout)
    const next = this.#findNext()
    if (!next) return
    const delayMs = Math.min(Math.max(0, next.at - this.now()), MAX_TIMEOUT_MS)
    // A service that listens keeps its process running; its timers alone do not.
    this.#timeout = this.#machine.setTimeout(() => this.#runDue(), delayMs).unref()
  }
}
