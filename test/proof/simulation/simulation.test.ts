import { expect, test } from 'vitest'
import { FIRST_SEED as FIRST, SEEDS } from '../../support/sizes.js'
import { MAX_DELAY_WITHOUT_FAULTS_MS, measureDelaysWithoutFaults, type Report, runSeed } from './run.js'

// A seed determines a run of clients, hosts, storage and callbacks with all kinds of faults. `npm run simulate` plays
// more seeds, or repeats a seed. sabotage.test.ts shows what the simulation notices.

/** How many events of a failing seed are shown, counted from the last. */
const SHOWN_EVENTS = 400
/** How often each kind of fault must happen on average: runs without faults would prove nothing. */
const MIN_FAULTS_PER_SEED = 0.25
/** The number of seeds from which on averages are checked. */
const MIN_SEEDS_FOR_AVERAGES = 500
const MIN_COMMANDS_PER_SEED = 20
/** A seed takes about 15 ms on a quiet core, and many times that on a busy machine. */
const TIME_LIMIT_MS = Math.max(300_000, SEEDS * 300)

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

test('without faults, no notification and no timer waits for the sweep', { timeout: 300_000 }, async () => {
  const { notification, timer } = await measureDelaysWithoutFaults()
  expect(notification).toBeLessThan(MAX_DELAY_WITHOUT_FAULTS_MS)
  expect(timer).toBeLessThan(MAX_DELAY_WITHOUT_FAULTS_MS)
})

test('a seed always produces the same run', { timeout: 300_000 }, async () => {
  const [first, second] = [await runSeed(7), await runSeed(7)]
  expect(first.schedule.length).toBeGreaterThan(50)
  expect(second).toEqual(first)
})
