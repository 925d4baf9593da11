/**
 * `npm run bench [-- --only floor,cost] [--quick] [--out DIRECTORY] [--document]` measures Ringback beside simpler
 * programs on this machine. docs/performance.md describes the parts.
 */
import { parseArgs } from 'node:util'
import type { Part } from './part.js'
import { cost } from './parts/cost.js'
import { floor } from './parts/floor.js'
import { growth } from './parts/growth.js'
import { latency } from './parts/latency.js'
import { plainIdiom } from './parts/plainIdiom.js'
import { start } from './parts/start.js'
import { documentResults, type Results, renderMarkdown, writeResults } from './report.js'

const PARTS: readonly Part[] = [floor, plainIdiom, cost, latency, start, growth]
const USAGE = `Usage: npm run bench [-- OPTIONS]
  --only NAMES     runs some parts: ${PARTS.map(({ name }) => name).join(',')}
  --quick          does a tenth of the work: too little to compare, but it shows that everything runs
  --out DIRECTORY  where results.json and the charts go (default .ringback/bench)
  --document       replaces the results in docs/performance.md instead`
/** The exit code after a bad argument. */
const EXIT_USAGE = 2
const QUICK_SHARE = 0.1

const { only, quick, out, document, help } = readArguments()
if (help) {
  console.log(USAGE)
  process.exit()
}
if (quick && document) failUsage('A quick run measures too little to be documented.')
if (quick) console.error('A quick run measures too little to compare; it only shows that everything runs.')
const selected = selectParts(only)
const results: Results = {}
for (const { name, run } of selected) {
  const startedAt = performance.now()
  console.error(`Measuring ${name} ...`)
  const scale = (count: number) => (quick ? Math.max(1, Math.round(count * QUICK_SHARE)) : count)
  const tables = await run({ scale })
  results[name] = { date: new Date().toISOString().slice(0, 10), tables }
  console.log(renderMarkdown({ [name]: results[name] }))
  // Written after each part, so that a part that fails does not lose those before it.
  if (document) documentResults(results)
  else writeResults(out, results)
  console.error(`${name}: ${Math.round((performance.now() - startedAt) / 1000)} s`)
}
console.error(`The results are in ${document ? 'docs/performance.md and docs/performance' : out}.`)

function readArguments() {
  try {
    return parseArgs({
      options: {
        only: { type: 'string' },
        quick: { type: 'boolean', default: false },
        out: { type: 'string', default: '.ringback/bench' },
        document: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return failUsage((error as Error).message)
  }
}

function selectParts(names: string | undefined): readonly Part[] {
  if (names === undefined) return PARTS
  return names.split(',').map((name) => {
    const part = PARTS.find((candidate) => candidate.name === name)
    return part ?? failUsage(`There is no part '${name}'.`)
  })
}

function failUsage(message: string): never {
  console.error(`${message}\n${USAGE}`)
  process.exit(EXIT_USAGE)
}
