import { expect, test } from 'vitest'
import { FIRST_SEED as FIRST, SABOTAGE_SEEDS, SEEDS } from '../../support/sizes.js'
import { type Report, runCalmly, runSeed } from './run.js'
import { nobodyLooksOnceMore, SABOTAGES } from './sabotage.js'
import type { Sabotage } from './simulation.js'

// One seed is one run of clients, hosts, storage and callbacks, with everything that may go wrong. `npm run simulate` plays
// other seeds, or one again.

/** How many of a failing seed's events are shown, from the last. */
const SHOWN_EVENTS = 400
/** At least so many of each kind of fault must happen on average: a run without faults would prove nothing. */
const FAULTS_PER_SEED = 0.25
/** From so many seeds on, an average says something. */
const MANY = 500
const COMMANDS_PER_SEED = 20
/** About 8 ms a seed on a quiet core; a busy machine takes many times that. */
const TIME_LIMIT_MS = Math.max(300_000, SEEDS * 300)

test(`${SEEDS} seeds from ${FIRST} keep every promise`, { timeout: TIME_LIMIT_MS }, async () => {
  const happened = new Map<string, number>()
  let [commands, notifications] = [0, 0]
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    const report = await runSeed(seed)
    if (report.violations.length > 0) expect.fail(describe(report))
    for (const [kind, count] of report.happened) happened.set(kind, (happened.get(kind) ?? 0) + count)
    commands += report.commands
    notifications += report.notifications
  }
  console.log(`${SEEDS} seeds: ${commands} commands, ${notifications} POSTs to callbacks, and on the way:`)
  for (const [kind, count] of happened) console.log(`  ${kind}: ${count}`)
  if (SEEDS < MANY) return
  expect([...happened].filter(([, count]) => count < SEEDS * FAULTS_PER_SEED)).toEqual([])
  expect(commands).toBeGreaterThan(SEEDS * COMMANDS_PER_SEED)
})

function describe({ seed, violations, schedule }: Report): string {
  const again = `npm run simulate -- --seeds 1 --seed ${seed}`
  return [`Seed ${seed}:`, ...violations, '', ...schedule.slice(-SHOWN_EVENTS), '', `To see it again: ${again}`].join(
    '\n',
  )
}

// Each of these must be seen, or the seeds above prove less than they seem to.
const CALM_SEEDS = 100
/** A hint, and the requests on the way: well under the sweep. */
const CALM_WAIT_MS = 2_000

test.each(Object.entries(SABOTAGES))('it is seen when %s', { timeout: 300_000 }, async (_, sabotage) => {
  let seed = 1
  let report = await runSeed(seed, sabotage)
  while (report.violations.length === 0 && seed < SABOTAGE_SEEDS) report = await runSeed(++seed, sabotage)
  expect(report.violations).not.toEqual([])
})

test('where nothing goes wrong, nothing waits for the sweep; and it is seen when nobody looks once more', async () => {
  const waits = async (sabotage?: Sabotage) => {
    let longest = 0
    for (let seed = 1; seed <= CALM_SEEDS; seed++) longest = Math.max(longest, await runCalmly(seed, sabotage))
    return longest
  }
  expect(await waits()).toBeLessThan(CALM_WAIT_MS)
  expect(await waits(nobodyLooksOnceMore)).toBeGreaterThan(CALM_WAIT_MS)
}, 300_000)

test('a seed is the same run each time', async () => {
  const [one, other] = [await runSeed(7), await runSeed(7)]
  expect(one.schedule.length).toBeGreaterThan(50)
  expect(other).toEqual(one)
})
