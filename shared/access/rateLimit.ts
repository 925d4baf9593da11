import { StorageConflict, type Tables } from '../storage/tables.js'

/** Requests are counted in windows of this length, which begin at the same moments on every host. */
export const WINDOW_MS = 10_000
/** The part of the limit that a process lets through without asking the others, and then takes from what is left at a time. */
const SHARE = 0.05

/** The row of an application: how many requests its hosts have been granted in a window. */
interface Granted {
  readonly window: number
  readonly taken: number
}

/** What this process knows of an application in a window. */
interface Counter {
  readonly window: number
  /** How many more requests may pass. */
  left: number
  isUsedUp: boolean
  asking?: Promise<void> | undefined
}

/**
 * Bounds the requests of each application over all hosts. A process lets a twentieth of the limit pass by itself, so that an
 * application that is far from it costs no request to the storage, and then takes as much at a time from the row that all
 * share. So in a window an application gets at least the limit less a twentieth for each process, and at most the limit and a
 * twentieth for each.
 */
export class RateLimit {
  readonly #tables: Tables
  readonly #limit: number
  readonly #share: number
  readonly #now: () => number
  readonly #counters = new Map<string, Counter>()
  #window = 0

  /** @param limit how many requests one application may make in a window; 0 for as many as it likes */
  constructor(tables: Tables, limit: number, now: () => number) {
    this.#tables = tables
    this.#limit = limit
    this.#share = Math.ceil(limit * SHARE)
    this.#now = now
  }

  /**
   * Counts a request.
   *
   * @returns undefined when it may pass, else after how many seconds the next one may
   * @throws StorageUnavailable
   */
  async refuse(applicationId: string): Promise<number | undefined> {
    if (this.#limit === 0) return undefined
    for (;;) {
      const counter = this.#counterOf(applicationId)
      if (counter.left > 0) {
        counter.left -= 1
        return undefined
      }
      if (counter.isUsedUp) return Math.ceil(((counter.window + 1) * WINDOW_MS - this.#now()) / 1000)
      counter.asking ??= this.#ask(applicationId, counter).finally(() => {
        counter.asking = undefined
      })
      await counter.asking
    }
  }

  #counterOf(applicationId: string): Counter {
    const window = Math.floor(this.#now() / WINDOW_MS)
    if (window !== this.#window) {
      this.#counters.clear()
      this.#window = window
    }
    const counter = this.#counters.get(applicationId) ?? { window, left: this.#share, isUsedUp: false }
    this.#counters.set(applicationId, counter)
    return counter
  }

  /** Takes another share from what all processes have. Whenever another is faster there is a share less, so this ends. */
  async #ask(applicationId: string, counter: Counter): Promise<void> {
    for (;;) {
      const row = await this.#tables.get<Granted>('rateLimits', applicationId, 'requests')
      // The clock of another host may be ahead: then its window counts.
      const current = row && row.value.window >= counter.window ? row.value : { window: counter.window, taken: 0 }
      const share = Math.min(this.#share, this.#limit - current.taken)
      if (share <= 0) {
        counter.isUsedUp = true
        return
      }
      const write = row ? ({ type: 'replace', etag: row.etag } as const) : ({ type: 'insert' } as const)
      const value: Granted = { ...current, taken: current.taken + share }
      try {
        await this.#tables.write('rateLimits', applicationId, [{ ...write, rowKey: 'requests', value }])
        counter.left += share
        return
      } catch (error) {
        if (!(error instanceof StorageConflict)) throw error
      }
    }
  }
}
