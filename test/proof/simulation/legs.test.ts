import { expect, test } from 'vitest'
import { CRASH_POINT_STEP, FIRST_LEG_SEED as FIRST, LEG_SEEDS, SABOTAGE_SEEDS } from '../../support/sizes.js'
import { runConversations } from './conversations.js'
import { CRASHED_FLOWS, FLOW_NAMES, runFlow } from './legFlows.js'
import { LEG_SABOTAGES } from './legSabotage.js'

const PATIENTLY = { timeout: 30 * 60_000 }
/** A seed takes about 35 ms on a quiet core, and many times that on a busy machine. */
const SEEDS_LIMIT_MS = Math.max(PATIENTLY.timeout, LEG_SEEDS * 500)
/** How many seeds pass between two lines about the progress. */
const PROGRESS_SEEDS = 10_000

// scripts/simulate.ts selects this test by "seeds from".
test(`${LEG_SEEDS} seeds from ${FIRST}: the calls of applications that are connected agree in the end`, {
  timeout: SEEDS_LIMIT_MS,
}, async () => {
  let linked = 0
  for (let played = 1; played <= LEG_SEEDS; played++) {
    const seed = FIRST + played - 1
    const report = await runConversations(seed)
    const repeat = `to repeat it: npm run simulate -- --legs --seeds 1 --seed ${seed}`
    expect(report.violations, `seed ${seed}; ${repeat}`).toEqual([])
    linked += report.linked
    if (played % PROGRESS_SEEDS === 0) console.log(`${played} of ${LEG_SEEDS} seeds, ${linked} calls were linked`)
  }
  // A single seed may have no calls between applications.
  expect(linked).toBeGreaterThanOrEqual(Math.floor(LEG_SEEDS / 2))
})

test('conversations without faults end', PATIENTLY, async () => {
  for (const name of FLOW_NAMES) expect((await runFlow(name)).violations, name).toEqual([])
})

test.each(CRASHED_FLOWS)('a host may die at any crash point of %s between applications', PATIENTLY, async (name) => {
  const { crashPoints } = await runFlow(name)
  for (let point = 1; point <= crashPoints; point += CRASH_POINT_STEP) {
    expect((await runFlow(name, new Set([point]))).violations, `crash point ${point}`).toEqual([])
  }
  console.log(`${crashPoints} crash points of ${name}`)
  expect(crashPoints).toBeGreaterThan(50)
})

test.each(Object.entries(LEG_SABOTAGES))('the simulation notices when %s', PATIENTLY, async (_, sabotage) => {
  let [violations, sabotagedRequests]: [readonly string[], number] = [[], 0]
  for (const name of FLOW_NAMES) {
    if (violations.length > 0) break
    const report = await runFlow(name, new Set(), sabotage)
    violations = report.violations
    sabotagedRequests += report.sabotagedRequests
  }
  for (let seed = 1; violations.length === 0 && seed <= SABOTAGE_SEEDS; seed++) {
    const report = await runConversations(seed, { sabotage })
    violations = report.violations
    sabotagedRequests += report.sabotagedRequests
  }
  expect(sabotagedRequests, 'the sabotage changes storage requests').toBeGreaterThan(0)
  expect(violations, `${SABOTAGE_SEEDS} seeds notice nothing`).not.toEqual([])
})
