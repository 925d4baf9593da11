/** What `npm run simulate` runs: `-- --seeds 10000` more seeds than the tests do, `-- --seeds 1 --seed 4711` one again. */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { seeds, seed } = parseArgs({
  options: { seeds: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
}).values
for (const [name, value] of Object.entries({ seeds, seed })) {
  if (!/^[1-9]\d{0,8}$/.test(value)) {
    console.error(`--${name} must be a whole number from 1; it is ${value}.`)
    process.exit(2)
  }
}
console.log(`Playing ${seeds} seeds from ${seed} ...`)
const args = [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--project',
  'proof',
  'simulation/simulation',
  '-t',
  'seeds from',
]
const env = { ...process.env, SIMULATION_SEEDS: seeds, SIMULATION_SEED: seed }
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1)
