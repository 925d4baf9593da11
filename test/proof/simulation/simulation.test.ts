import { expect, test } from 'vitest'
import { FIRST_SEED as FIRST, SABOTAGE_SEEDS, SEEDS } from '../../support/sizes.js'
import { measureWaitWithoutFaults, type Report, runSeed } from './run.js'
import { SABOTAGES, skipLookAfterLease } from './sabotage.js'
import type { Sabotage } from './simulation.js'

// A seed determines a run of clients, hosts, storage and callbacks with all kinds of faults. `npm run simulate` plays
// more seeds, or repeats a seed.

/** How many events of a failing seed are shown, counted from the last. */
const SHOWN_EVENTS = 400
/** How often each kind of fault must happen on average: runs without faults would prove nothing. */
const MIN_FAULTS_PER_SEED = 0.25
/** The number of seeds from which on averages are checked. */
const MIN_SEEDS_FOR_AVERAGES = 500
const MIN_COMMANDS_PER_SEED = 20
/** A seed takes about 15 ms on a quiet core, and many times that on a busy machine. */
const TIME_LIMIT_MS = Math.max(300_000, SEEDS * 300)
const SEEDS_WITHOUT_FAULTS = 100
/** Enough for a wake-up and the requests of a delivery, and well under the period of the sweep. */
const MAX_WAIT_WITHOUT_FAULTS_MS = 2_000

// scripts/simulate.ts selects this test by "seeds from".
test(`${SEEDS} seeds from ${FIRST} violate no guarantee`, { timeout: TIME_LIMIT_MS }, async () => {
  const faultCounts = new Map<string, number>()
  let [commands, notifications] = [0, 0]
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const report = await runSeed(seed)
    if (report.violations.length > 0) expect.fail(describeFailure(report))
    for (const [kind, count] of report.faultCounts) faultCounts.set(kind, (faultCounts.get(kind) ?? 0) + count)
    commands += report.commands
    notifications += report.notifications
  }
  console.log(`${SEEDS} seeds: ${commands} commands, ${notifications} POSTs to callbacks, and these faults:`)
  for (const [kind, count] of faultCounts) console.log(`  ${kind}: ${count}`)
  if (SEEDS < MIN_SEEDS_FOR_AVERAGES) return
  expect([...faultCounts].filter(([, count]) => count < SEEDS * MIN_FAULTS_PER_SEED)).toEqual([])
  expect(commands).toBeGreaterThan(SEEDS * MIN_COMMANDS_PER_SEED)
})

function describeFailure({ seed, violations, schedule }: Report): string {
  const lines = [`Seed ${seed}:`, ...violations, '', ...schedule.slice(-SHOWN_EVENTS), '']
  return [...lines, `To repeat it: npm run simulate -- --seeds 1 --seed ${seed}`].join('\n')
}

test.each(Object.entries(SABOTAGES))('the simulation notices when %s', { timeout: 300_000 }, async (_, sabotage) => {
  let seed = 1
  let report = await runSeed(seed, sabotage)
  let sabotagedRequests = report.sabotagedRequests
  while (report.violations.length === 0 && seed < SABOTAGE_SEEDS) {
    report = await runSeed(++seed, sabotage)
    sabotagedRequests += report.sabotagedRequests
  }
  expect(sabotagedRequests, 'the sabotage changes storage requests').toBeGreaterThan(0)
  expect(report.violations, `${SABOTAGE_SEEDS} seeds notice nothing`).not.toEqual([])
})

async function findLongestWait(sabotage?: Sabotage): Promise<number> {
  let longest = 0
  for (let seed = 1; seed <= SEEDS_WITHOUT_FAULTS; seed++) {
    longest = Math.max(longest, await measureWaitWithoutFaults(seed, sabotage))
  }
  return longest
}

test('without faults, no notification waits for the sweep', { timeout: 300_000 }, async () => {
  expect(await findLongestWait()).toBeLessThan(MAX_WAIT_WITHOUT_FAULTS_MS)
})

test('the simulation notices when a drain does not look again after its lease', { timeout: 300_000 }, async () => {
  expect(await findLongestWait(skipLookAfterLease)).toBeGreaterThan(MAX_WAIT_WITHOUT_FAULTS_MS)
})

test('a seed always produces the same run', { timeout: 300_000 }, async () => {
  const [first, second] = [await runSeed(7), await runSeed(7)]
  expect(first.schedule.length).toBeGreaterThan(50)
  expect(second).toEqual(first)
})
