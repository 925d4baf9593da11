/** Random numbers that a seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Event {
  readonly at: number
  readonly order: number
  readonly happen: () => void
}

/** Time that stands still while anything can go on, and then jumps to the next event. */
export class VirtualTime {
  now: number
  #events: Event[] = []
  #order = 0

  constructor(start: number) {
    this.now = start
  }

  after(ms: number, happen: () => void): void {
    const event = { at: this.now + Math.max(0, ms), order: this.#order++, happen }
    let [low, high] = [0, this.#events.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#events[middle] as Event
      if (other.at > event.at || (other.at === event.at && other.order > event.order)) low = middle + 1
      else high = middle
    }
    this.#events.splice(low, 0, event)
  }

  /** Lets everything happen until then. */
  async runUntil(end: number): Promise<void> {
    for (let next = this.#events.at(-1); next && next.at <= end; next = this.#events.at(-1)) {
      this.#events.pop()
      this.now = next.at
      next.happen()
      // Whatever this has set going runs until it waits for another event.
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.now = end
  }
}
