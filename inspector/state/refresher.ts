/** The rest after a load is this many times as long, so that a long call does not keep the service and the page busy. */
const REST_PER_LOAD = 4

/** Loads when asked to, one load at a time; requests that arrive meanwhile lead to one more load. */
export interface Refresher {
  request(): void
  stop(): void
}

export function createRefresher(load: () => Promise<void>, minIntervalMs: number): Refresher {
  let state: 'idle' | 'busy' | 'requested' | 'stopped' = 'idle'

  async function run(): Promise<void> {
    state = 'busy'
    const startedAt = Date.now()
    await load()
    const restMs = Math.max(minIntervalMs, (Date.now() - startedAt) * REST_PER_LOAD)
    await new Promise((resolve) => setTimeout(resolve, restMs))
    const isRequested = read() === 'requested'
    if (read() !== 'stopped') state = 'idle'
    // Not awaited: each run would wait for all later ones.
    if (isRequested) void run()
  }

  // The state changes while `run` waits, which the compiler does not see.
  const read = (): string => state

  return {
    request: () => {
      if (state === 'idle') void run()
      else if (state === 'busy') state = 'requested'
    },
    stop: () => {
      state = 'stopped'
    },
  }
}
