import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** The size of the proofs of this run, set by its vitest project. */
    proof: 'short' | 'long'
  }
}

/**
 * The sizes of the proofs: `short` in `npm run test:unit` and `npm test`, `long` in `npm run test:proof`. Environment
 * variables override single sizes.
 */
const SIZES = {
  short: {
    propertyRuns: 500,
    historyBatches: 1,
    seeds: 200,
    legSeeds: 50,
    crashPointStep: 10,
    fuzzRequests: 1_000,
    loadSeconds: 5,
    loadHosts: [1],
  },
  long: {
    propertyRuns: 3_000,
    historyBatches: 20,
    seeds: 2_000,
    legSeeds: 1_000,
    crashPointStep: 1,
    fuzzRequests: 20_000,
    loadSeconds: 30,
    loadHosts: [1, 3],
  },
} as const

const size = SIZES[inject('proof')]
const fromEnvironment = (name: string, value: number): number => Number(process.env[name] ?? value)

/** Runs of a property of which a single run is slow. */
export const PROPERTY_RUNS = size.propertyRuns
/** Batches of random histories of a call, of which the long proof uses as many as reach every transition. */
export const HISTORY_BATCHES = size.historyBatches
/** Seeds of the simulation. */
export const SEEDS = fromEnvironment('SIMULATION_SEEDS', size.seeds)
export const FIRST_SEED = fromEnvironment('SIMULATION_SEED', 1)
/** Seeds of the simulation of calls between applications. */
export const LEG_SEEDS = fromEnvironment('LEG_SEEDS', size.legSeeds)
export const FIRST_LEG_SEED = fromEnvironment('LEG_SEED', 1)
/** Of the crash points of conversations of applications, every nth is tried. */
export const CRASH_POINT_STEP = size.crashPointStep
/** The number of seeds within which the simulation must notice a sabotage. */
export const SABOTAGE_SEEDS = 1_000
/** Requests of the fuzzer in this process; it sends a tenth of that number over HTTP. */
export const FUZZ_REQUESTS = fromEnvironment('FUZZ_REQUESTS', size.fuzzRequests)
export const FIRST_FUZZ_SEED = fromEnvironment('FUZZ_SEED', 1)
/** The seconds for which hosts are killed under load, and the number of hosts that share one storage in each run. */
export const LOAD_SECONDS = fromEnvironment('LOAD_SECONDS', size.loadSeconds)
export const LOAD_HOSTS: readonly number[] = size.loadHosts
/** Pairs of rounds with healthy and with failing callbacks. */
export const ISOLATION_ROUNDS = fromEnvironment('ISOLATION_ROUNDS', 2)
