/**
 * `npm run simulate -- [--seeds N] [--seed S]` plays N simulations (default 10,000) with the seeds from S (default 1)
 * on. A seed determines one simulation, so `--seeds 1 --seed S` repeats the one that failed.
 */
import { readOptions, requireWholeNumbers } from './options.ts'
import { runVitest } from './vitest.ts'

const USAGE = 'Usage: npm run simulate -- [--seeds N] [--seed S]'
/** The file and a part of the title of the test that reads SIMULATION_SEEDS and SIMULATION_SEED. */
const TEST = ['simulation/simulation', '-t', 'seeds from']

const { seeds, seed } = readOptions({
  usage: USAGE,
  options: { seeds: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
}).values
requireWholeNumbers({ seeds, seed }, USAGE)
console.log(`Playing ${seeds} seeds from ${seed} ...`)
process.exit(runVitest(['--project', 'proof', ...TEST], { SIMULATION_SEEDS: seeds, SIMULATION_SEED: seed }))
