import { StorageConflict, type Tables } from '../storage/tables.js'

/** Requests are counted in windows of this length, which begin at the same moments on every host. */
export const WINDOW_MS = 10_000
/** The fraction of the limit that a process grants without coordination, and the size of every further share. */
const SHARE = 0.05

/** The row of an application: how many requests its hosts have taken from the limit of a window. */
interface TakenRequests {
  readonly window: number
  readonly taken: number
}

/** What this process knows about an application in a window. */
interface Counter {
  readonly window: number
  /** How many more requests may pass. */
  remaining: number
  isExhausted: boolean
  pendingShare?: Promise<void> | undefined
}

/**
 * Limits the requests of each application over all hosts. A process grants 5 % of the limit on its own, so an
 * application far below the limit costs no storage request. Then it takes further shares of 5 % from a row that all
 * processes share. With n processes, an application therefore gets at least the limit minus n shares, and at most the
 * limit plus n shares.
 */
export class RateLimit {
  readonly #tables: Tables
  readonly #limit: number
  readonly #share: number
  readonly #now: () => number
  readonly #counters = new Map<string, Counter>()
  #window = 0

  /** @param limit how many requests one application may send in a window; 0 for no limit */
  constructor(tables: Tables, limit: number, now: () => number) {
    this.#tables = tables
    this.#limit = limit
    this.#share = Math.ceil(limit * SHARE)
    this.#now = now
  }

  /**
   * Counts a request.
   *
   * @returns undefined when the request may pass, otherwise the number of seconds until the next one may
   * @throws StorageUnavailable
   */
  async consume(applicationId: string): Promise<number | undefined> {
    if (this.#limit === 0) return undefined
    for (;;) {
      const counter = this.#getCounter(applicationId)
      if (counter.remaining > 0) {
        counter.remaining -= 1
        return undefined
      }
      if (counter.isExhausted) return Math.ceil(((counter.window + 1) * WINDOW_MS - this.#now()) / 1000)
      counter.pendingShare ??= this.#takeShare(applicationId, counter).finally(() => {
        counter.pendingShare = undefined
      })
      await counter.pendingShare
    }
  }

  #getCounter(applicationId: string): Counter {
    const window = Math.floor(this.#now() / WINDOW_MS)
    if (window !== this.#window) {
      this.#counters.clear()
      this.#window = window
    }
    const counter = this.#counters.get(applicationId) ?? { window, remaining: this.#share, isExhausted: false }
    this.#counters.set(applicationId, counter)
    return counter
  }

  /**
   * Takes a share from the shared row. The loop ends, because every conflict means that another process took a share.
   */
  async #takeShare(applicationId: string, counter: Counter): Promise<void> {
    for (;;) {
      const row = await this.#tables.get<TakenRequests>('rateLimits', applicationId, 'requests')
      // The clock of another host may be ahead: then its later window counts.
      const current = row && row.value.window >= counter.window ? row.value : { window: counter.window, taken: 0 }
      const share = Math.min(this.#share, this.#limit - current.taken)
      if (share <= 0) {
        counter.isExhausted = true
        return
      }
      const write = row ? ({ type: 'replace', etag: row.etag } as const) : ({ type: 'insert' } as const)
      const value: TakenRequests = { ...current, taken: current.taken + share }
      try {
        await this.#tables.write('rateLimits', applicationId, [{ ...write, rowKey: 'requests', value }])
        counter.remaining += share
        return
      } catch (error) {
        if (!(error instanceof StorageConflict)) throw error
      }
    }
  }
}
