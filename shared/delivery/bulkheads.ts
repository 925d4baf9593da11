/** The calls of one application, or of one callback host, in this process. */
interface Bulkhead {
  /** How many of its calls are being delivered. */
  activeCalls: number
  /** The ids of the calls that were rejected, in order. */
  readonly waitingCalls: Set<string>
}

/** A bulkhead that a delivery needs a place in, and how many calls that bulkhead admits at a time. */
export interface Share {
  readonly name: string
  readonly maxCalls: number
}

/**
 * Limits the share of this process that each application and each callback host can take, so that hanging endpoints do
 * not delay the notifications of others. A delivery takes a place in all of its bulkheads or in none.
 */
export class Bulkheads {
  readonly #sendWakeUp: (callId: string) => Promise<unknown>
  readonly #bulkheads = new Map<string, Bulkhead>()

  /**
   * @param sendWakeUp sends a wake-up for a rejected call. If that fails, or this process dies first, the
   * sweep finds the call
   */
  constructor(sendWakeUp: (callId: string) => Promise<unknown>) {
    this.#sendWakeUp = sendWakeUp
  }

  /**
   * Delivers a call. Returns undefined at once when one of its bulkheads is full; the call then gets a wake-up as soon
   * as that bulkhead has room.
   */
  async run<T>(shares: readonly Share[], callId: string, deliver: () => Promise<T>): Promise<T | undefined> {
    const full = shares.find((share) => !this.#hasRoom(share))
    if (full) {
      this.#get(full.name).waitingCalls.add(callId)
      // This call may have been woken for a place in another bulkhead. It leaves that free, so the next call is woken.
      const others = shares.filter((share) => share !== full && this.#hasRoom(share))
      await this.#wake(others.map(({ name }) => this.#takeWaiting(name)))
      return undefined
    }
    for (const { name } of shares) {
      this.#get(name).waitingCalls.delete(callId)
      this.#get(name).activeCalls += 1
    }
    try {
      return await deliver()
    } finally {
      for (const { name } of shares) this.#get(name).activeCalls -= 1
      await this.#wake(shares.map(({ name }) => this.#takeWaiting(name)))
    }
  }

  #hasRoom({ name, maxCalls }: Share): boolean {
    return (this.#bulkheads.get(name)?.activeCalls ?? 0) < maxCalls
  }

  #get(name: string): Bulkhead {
    const bulkhead = this.#bulkheads.get(name) ?? { activeCalls: 0, waitingCalls: new Set<string>() }
    this.#bulkheads.set(name, bulkhead)
    return bulkhead
  }

  /** Removes and returns the call that has waited longest. Forgets a bulkhead that nothing uses. */
  #takeWaiting(name: string): string | undefined {
    const bulkhead = this.#get(name)
    const [next] = bulkhead.waitingCalls
    if (next !== undefined) bulkhead.waitingCalls.delete(next)
    else if (bulkhead.activeCalls === 0) this.#bulkheads.delete(name)
    return next
  }

  async #wake(callIds: readonly (string | undefined)[]): Promise<void> {
    const distinct = new Set(callIds.filter((callId) => callId !== undefined))
    await Promise.allSettled([...distinct].map((callId) => this.#sendWakeUp(callId)))
  }
}
