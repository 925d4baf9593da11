/** What one callback host has of this process. */
interface Bulkhead {
  /** Calls that are delivered to it. */
  inside: number
  /** Calls that were turned away, in their order. */
  readonly waiting: Set<string>
}

/** Bounds what one callback host can take of this process, so that one that hangs leaves the others their share. */
export class Bulkheads {
  readonly #most: number
  readonly #wake: (callId: string) => Promise<unknown>
  readonly #hosts = new Map<string, Bulkhead>()

  /**
   * @param most how many calls are delivered to one callback host at a time
   * @param wake lets a call come again that was turned away. That it fails, or that this process dies before, is no error:
   * the sweep finds the call
   */
  constructor(most: number, wake: (callId: string) => Promise<unknown>) {
    this.#most = most
    this.#wake = wake
  }

  /** Delivers a call, or returns undefined at once when the host has its share already: then it comes again when there is room. */
  async run<T>(host: string, callId: string, deliver: () => Promise<T>): Promise<T | undefined> {
    const bulkhead = this.#hosts.get(host) ?? { inside: 0, waiting: new Set<string>() }
    if (bulkhead.inside >= this.#most) {
      bulkhead.waiting.add(callId)
      return undefined
    }
    this.#hosts.set(host, bulkhead)
    bulkhead.waiting.delete(callId)
    bulkhead.inside += 1
    try {
      return await deliver()
    } finally {
      bulkhead.inside -= 1
      const [next] = bulkhead.waiting
      if (next !== undefined) {
        bulkhead.waiting.delete(next)
        await this.#wake(next).catch(() => undefined)
      } else if (bulkhead.inside === 0) this.#hosts.delete(host)
    }
  }
}
