/** Bounds what one callback host can take of this process, so that one that hangs leaves the others their share. */
export class Bulkheads {
  readonly #most: number
  readonly #inside = new Map<string, number>()

  /** @param most how many calls are delivered to one callback host at a time */
  constructor(most: number) {
    this.#most = most
  }

  /** Runs, or returns undefined at once when the host has its share already. */
  async run<T>(host: string, work: () => Promise<T>): Promise<T | undefined> {
    const inside = this.#inside.get(host) ?? 0
    if (inside >= this.#most) return undefined
    this.#inside.set(host, inside + 1)
    try {
      return await work()
    } finally {
      const left = (this.#inside.get(host) ?? 1) - 1
      if (left > 0) this.#inside.set(host, left)
      else this.#inside.delete(host)
    }
  }
}
