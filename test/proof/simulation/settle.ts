import { replaySince } from '../../../shared/delivery/deliveries.js'
import { type Simulation, START } from './simulation.js'

export const FAULTS_LAST_MS = 90_000
/** When an operator replays dead letters: twice, as a paused drain may dead-letter a call after the first replay. */
const REPLAYS_AT_MS = [10_000, 120_000]
/** Every fifth seed has two storage accounts. Other choices repeat every 2, 3 or 8 seeds, so these seeds have all. */
const SEEDS_PER_TWO_ACCOUNTS = 5

/** How many storage accounts a seed has. */
export const accountsOf = (seed: number): number => (seed % SEEDS_PER_TWO_ACCOUNTS === 0 ? 2 : 1)

/**
 * Lets the faults last, then ends them and waits until everything is delivered.
 *
 * @param settledAfterMs how long that may take
 */
export async function settle(simulation: Simulation, settledAfterMs: number): Promise<void> {
  await simulation.time.runUntil(START + FAULTS_LAST_MS)
  simulation.heal()
  for (const at of REPLAYS_AT_MS) {
    const replay = () => simulation.requestUntilAnswered('replay', (service) => replaySince(service, 0))
    void simulation.sleep(at).then(replay)
  }
  await simulation.time.runUntil(START + FAULTS_LAST_MS + settledAfterMs)
}
