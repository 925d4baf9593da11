/**
 * `npm run fuzz -- [--requests N] [--seed S]` sends N random requests (default 100,000) to the service in process, and
 * a tenth of that over HTTP. The requests follow from the seed S (default 1), so the same seed repeats them.
 */
import { readOptions, requireWholeNumbers } from './options.ts'
import { runVitest } from './vitest.ts'

const USAGE = 'Usage: npm run fuzz -- [--requests N] [--seed S]'

const { requests, seed } = readOptions({
  usage: USAGE,
  options: { requests: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } },
}).values
requireWholeNumbers({ requests, seed }, USAGE)
console.log(`Sending ${requests} requests in process and a tenth of that over HTTP, from seed ${seed} ...`)
process.exit(runVitest(['--project', 'proof', 'fuzz'], { FUZZ_REQUESTS: requests, FUZZ_SEED: seed }))
