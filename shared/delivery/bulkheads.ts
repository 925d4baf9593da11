import type { Clock } from '../platform/clock.js'

/**
 * How long the sweep relies on a bulkhead to wake a call. After that it sends a wake-up, because another process may
 * have room, and because no call may depend on a bulkhead alone.
 */
const MAX_RELIANCE_MS = 60_000

/** A bulkhead that a delivery needs a place in, and how many calls that bulkhead admits at a time. */
export interface Share {
  readonly name: string
  readonly maxCalls: number
}

/** The calls of one application, or of one callback host, in this process. */
interface Bulkhead extends Share {
  /** How many of its calls are being delivered. */
  activeCalls: number
  /** The ids of the calls that were rejected, in order. */
  readonly waitingCalls: Set<string>
}

/** Where a rejected call waits, and when it was rejected last. */
interface Rejection {
  readonly bulkhead: Bulkhead
  readonly at: number
}

const isFull = ({ activeCalls, maxCalls }: Bulkhead): boolean => activeCalls >= maxCalls

/**
 * Limits the share of this process that each application and each callback host can take, so that hanging endpoints do
 * not delay the notifications of others. A delivery takes a place in all of its bulkheads or in none.
 */
export class Bulkheads {
  readonly #sendWakeUp: (callId: string) => Promise<unknown>
  readonly #clock: Clock
  readonly #bulkheads = new Map<string, Bulkhead>()
  /** Each call waits in one bulkhead only, the one that rejected it last. */
  readonly #rejections = new Map<string, Rejection>()

  /**
   * @param sendWakeUp sends a wake-up for a rejected call. If that fails, or this process dies first, the
   * sweep finds the call
   */
  constructor(sendWakeUp: (callId: string) => Promise<unknown>, clock: Clock) {
    this.#sendWakeUp = sendWakeUp
    this.#clock = clock
  }

  /** Returns whether a call was rejected within the last minute, and waits for a bulkhead that is still full. */
  isWaiting(callId: string): boolean {
    const rejection = this.#rejections.get(callId)
    if (!rejection) return false
    return isFull(rejection.bulkhead) && this.#clock.now() - rejection.at < MAX_RELIANCE_MS
  }

  /**
   * Delivers a call. Returns undefined at once when one of its bulkheads is full; the call then gets a wake-up as soon
   * as that bulkhead has room.
   */
  async run<T>(shares: readonly Share[], callId: string, deliver: () => Promise<T>): Promise<T | undefined> {
    const bulkheads = shares.map((share) => this.#get(share))
    const full = bulkheads.find(isFull)
    if (full) {
      this.#startWaiting(callId, full)
      // This call may have been woken for a place in another bulkhead. It leaves that free, so the next call is woken.
      await this.#wake(bulkheads.filter((bulkhead) => !isFull(bulkhead)))
      return undefined
    }
    for (const bulkhead of bulkheads) bulkhead.activeCalls += 1
    this.#stopWaiting(callId)
    try {
      return await deliver()
    } finally {
      for (const bulkhead of bulkheads) bulkhead.activeCalls -= 1
      await this.#wake(bulkheads)
    }
  }

  #get({ name, maxCalls }: Share): Bulkhead {
    const bulkhead = this.#bulkheads.get(name) ?? { name, maxCalls, activeCalls: 0, waitingCalls: new Set<string>() }
    this.#bulkheads.set(name, bulkhead)
    return bulkhead
  }

  /** A call that already waits there keeps its place. */
  #startWaiting(callId: string, bulkhead: Bulkhead): void {
    if (this.#rejections.get(callId)?.bulkhead !== bulkhead) this.#stopWaiting(callId)
    this.#rejections.set(callId, { bulkhead, at: this.#clock.now() })
    bulkhead.waitingCalls.add(callId)
  }

  #stopWaiting(callId: string): void {
    const bulkhead = this.#rejections.get(callId)?.bulkhead
    if (!bulkhead) return
    this.#rejections.delete(callId)
    bulkhead.waitingCalls.delete(callId)
    this.#forgetUnused(bulkhead)
  }

  #forgetUnused({ name, activeCalls, waitingCalls }: Bulkhead): void {
    if (activeCalls === 0 && waitingCalls.size === 0) this.#bulkheads.delete(name)
  }

  /** Wakes the call that has waited longest in each of these bulkheads. */
  async #wake(bulkheads: readonly Bulkhead[]): Promise<void> {
    const callIds: string[] = []
    for (const bulkhead of bulkheads) {
      const [next] = bulkhead.waitingCalls
      if (next === undefined) {
        this.#forgetUnused(bulkhead)
      } else {
        this.#stopWaiting(next)
        callIds.push(next)
      }
    }
    await Promise.allSettled(callIds.map((callId) => this.#sendWakeUp(callId)))
  }
}
