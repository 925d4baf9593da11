/** How much of this process one callback host occupies. */
interface Bulkhead {
  /** How many calls are being delivered to the host. */
  activeCalls: number
  /** The ids of the calls that were rejected, in order. */
  readonly waitingCalls: Set<string>
}

/** Limits how many calls this process delivers to one callback host, so that a hanging host does not block others. */
export class Bulkheads {
  readonly #maxCalls: number
  readonly #sendWakeUp: (callId: string) => Promise<unknown>
  readonly #hosts = new Map<string, Bulkhead>()

  /**
   * @param maxCalls how many calls are delivered to one callback host at a time
   * @param sendWakeUp starts the delivery of a rejected call again. If it fails, or this process dies before it runs,
   * the sweep finds the call
   */
  constructor(maxCalls: number, sendWakeUp: (callId: string) => Promise<unknown>) {
    this.#maxCalls = maxCalls
    this.#sendWakeUp = sendWakeUp
  }

  /**
   * Delivers a call. Returns undefined at once when the bulkhead of the host is full: then the call gets a wake-up when
   * there is room.
   */
  async run<T>(host: string, callId: string, deliver: () => Promise<T>): Promise<T | undefined> {
    const bulkhead = this.#hosts.get(host) ?? { activeCalls: 0, waitingCalls: new Set<string>() }
    if (bulkhead.activeCalls >= this.#maxCalls) {
      bulkhead.waitingCalls.add(callId)
      return undefined
    }
    this.#hosts.set(host, bulkhead)
    bulkhead.waitingCalls.delete(callId)
    bulkhead.activeCalls += 1
    try {
      return await deliver()
    } finally {
      bulkhead.activeCalls -= 1
      const [next] = bulkhead.waitingCalls
      if (next !== undefined) {
        bulkhead.waitingCalls.delete(next)
        await this.#sendWakeUp(next).catch(() => undefined)
      } else if (bulkhead.activeCalls === 0) this.#hosts.delete(host)
    }
  }
}
