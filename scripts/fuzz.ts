/** What `npm run fuzz` runs: `-- --requests 100000` more than the tests do, `-- --requests 200 --seed 7` some again. */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { requests, seed } = parseArgs({
  options: { requests: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
}).values
for (const [name, value] of Object.entries({ requests, seed })) {
  if (!/^[1-9]\d{0,8}$/.test(value)) {
    console.error(`--${name} must be a whole number from 1; it is ${value}.`)
    process.exit(2)
  }
}
console.log(`Asking ${requests} times in the process and a tenth of that over HTTP, from seed ${seed} ...`)
const env = { ...process.env, FUZZ_REQUESTS: requests, FUZZ_SEED: seed }
const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'proof', 'fuzz']
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1)
