import { MAX_HINT_DELAY_MS, MAX_HINT_EARLY_MS } from '../storage/queues.js'

/** When a call is looked at again, at the soonest, whose callback host has its share of this process. */
const FULL_HOST_WAIT_MS = 1_000

/** What one callback host has of this process. */
interface Bulkhead {
  /** Calls that are delivered to it. */
  inside: number
  /** When the last of those that were turned away comes again. */
  lastPlaceAt: number
  /** When each of them comes again, at the soonest. */
  readonly places: Map<string, number>
}

/** Bounds what one callback host can take of this process, so that one that hangs leaves the others their share. */
export class Bulkheads {
  readonly #most: number
  readonly #now: () => number
  readonly #hosts = new Map<string, Bulkhead>()

  /** @param most how many calls are delivered to one callback host at a time */
  constructor(most: number, now: () => number) {
    this.#most = most
    this.#now = now
  }

  /** Runs, or returns undefined at once when the host has its share already. */
  async run<T>(host: string, callId: string, work: () => Promise<T>): Promise<T | undefined> {
    const bulkhead = this.#hosts.get(host) ?? { inside: 0, lastPlaceAt: 0, places: new Map<string, number>() }
    if (bulkhead.inside >= this.#most) return undefined
    this.#hosts.set(host, bulkhead)
    bulkhead.places.delete(callId)
    bulkhead.inside += 1
    try {
      return await work()
    } finally {
      bulkhead.inside -= 1
      if (bulkhead.inside === 0) this.#hosts.delete(host)
    }
  }

  /**
   * When a call that was turned away is to come again, in milliseconds from now. They come one after another, no more in a
   * second than fit in: else those who wait for a host that hangs would be most of what there is to do.
   *
   * @returns undefined when it comes again already, for there may be several hints of it
   */
  comesAgainAfter(host: string, callId: string): number | undefined {
    const [bulkhead, now] = [this.#hosts.get(host), this.#now()]
    if (!bulkhead) return FULL_HOST_WAIT_MS
    if ((bulkhead.places.get(callId) ?? 0) > now) return undefined
    const [soonest, latest] = [now + FULL_HOST_WAIT_MS, now + MAX_HINT_DELAY_MS]
    bulkhead.lastPlaceAt = Math.min(Math.max(bulkhead.lastPlaceAt + FULL_HOST_WAIT_MS / this.#most, soonest), latest)
    bulkhead.places.set(callId, bulkhead.lastPlaceAt - MAX_HINT_EARLY_MS)
    return bulkhead.lastPlaceAt - now
  }
}
