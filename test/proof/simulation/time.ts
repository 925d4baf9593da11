/** A random number generator that a seed determines (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface ScheduledEvent {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** A clock that stands still while any code can run, and then jumps to the next event. */
export class VirtualTime {
  now: number
  /** Sorted from the last event to the next one. */
  #events: ScheduledEvent[] = []
  #order = 0

  constructor(start: number) {
    this.now = start
  }

  after(ms: number, run: () => void): void {
    const event = { at: this.now + Math.max(0, ms), order: this.#order++, run }
    let [low, high] = [0, this.#events.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#events[middle] as ScheduledEvent
      if (other.at > event.at || (other.at === event.at && other.order > event.order)) low = middle + 1
      else high = middle
    }
    this.#events.splice(low, 0, event)
  }

  async runUntil(end: number): Promise<void> {
    for (let next = this.#events.at(-1); next && next.at <= end; next = this.#events.at(-1)) {
      this.#events.pop()
      this.now = next.at
      next.run()
      // Everything that the event resumed runs until it waits for another event.
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.now = end
  }
}
