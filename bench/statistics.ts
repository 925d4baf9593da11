import { setTimeout as sleep } from 'node:timers/promises'

// Times requests, and summarizes the times.

/**
 * How long both sides pause before each request when there is one at a time. Without it only the floor would send its
 * requests back to back, which wakes up no process and finds everything in the caches.
 */
export const PAUSE_MS = 20

export const pauseOf = (inFlight: number): number => (inFlight === 1 ? PAUSE_MS : 0)

/** What a series of requests took. */
export interface Timing {
  /** The milliseconds of each request. */
  readonly times: readonly number[]
  /** From the first request to the last reply. */
  readonly totalMs: number
}

/** The smallest value that is at least as large as this share (0 to 1) of the values (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

export const median = (values: readonly number[]): number => percentile(values, 0.5)

/**
 * Runs an action for each item, at most `inFlight` at a time, and returns what it took.
 *
 * @param pauseMs the pause before each action
 */
export async function timeEach<T>(
  items: readonly T[],
  inFlight: number,
  act: (item: T) => Promise<unknown>,
  pauseMs = 0,
): Promise<Timing> {
  const times: number[] = []
  const startedAt = performance.now()
  await forEachInFlight(items, inFlight, async (item) => {
    if (pauseMs > 0) await sleep(pauseMs)
    const begin = performance.now()
    await act(item)
    times.push(performance.now() - begin)
  })
  return { times, totalMs: performance.now() - startedAt }
}

/** Runs an action for each item, at most `inFlight` at a time. */
export async function forEachInFlight<T>(
  items: readonly T[],
  inFlight: number,
  act: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = items.values()
  const work = async () => {
    for (const item of queue) await act(item)
  }
  await Promise.all(Array.from({ length: Math.min(inFlight, items.length) }, work))
}

/** Measures both sides in each round, the second side first in every other round, so that both meet the same load. */
export async function alternate(
  rounds: number,
  ours: () => Promise<unknown>,
  theirs: () => Promise<unknown>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const sides = round % 2 === 0 ? [ours, theirs] : [theirs, ours]
    for (const measure of sides) await measure()
  }
}

/** The numbers from 0 to count - 1. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)
