/**
 * `npm run simulate -- [--legs] [--seeds N] [--seed S]` plays N simulations (default 10,000) with the seeds from S
 * (default 1) on; with `--legs`, those of applications that call each other. A seed determines one simulation, so
 * `--seeds 1 --seed S` repeats the one that failed.
 */
import { readOptions, requireWholeNumbers } from './options.ts'
import { runVitest } from './vitest.ts'

const USAGE = 'Usage: npm run simulate -- [--legs] [--seeds N] [--seed S]'

const { legs, seeds, seed } = readOptions({
  usage: USAGE,
  options: {
    legs: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
  },
}).values
requireWholeNumbers({ seeds, seed }, USAGE)
console.log(`Playing ${seeds} seeds from ${seed} ...`)
// The file of the test, and what the names of its variables begin with (test/support/sizes.ts).
const [file, prefix] = legs ? ['simulation/legs', 'LEG'] : ['simulation/simulation', 'SIMULATION']
const variables = { [`${prefix}_SEEDS`]: seeds, [`${prefix}_SEED`]: seed }
process.exit(runVitest(['--project', 'proof', file, '-t', 'seeds from'], variables))
