import { expect, test } from 'vitest'
import { LEG_SEEDS, SABOTAGE_SEEDS } from '../../support/sizes.js'
import { LEG_SABOTAGES, runLegs, runLegsWithCrash } from './legs.js'

const PATIENTLY = { timeout: 15 * 60_000 }

test(`${LEG_SEEDS} seeds from 1: the legs of calls between applications agree in the end`, PATIENTLY, async () => {
  let connected = 0
  for (let seed = 1; seed <= LEG_SEEDS; seed++) {
    const report = await runLegs(seed)
    expect(report.violations, `seed ${seed}`).toEqual([])
    connected += report.connected
  }
  console.log(`${LEG_SEEDS} seeds: ${connected} legs were connected`)
  expect(connected).toBeGreaterThan(LEG_SEEDS / 2)
})

test('a host may die at every crash point of a call between applications', PATIENTLY, async () => {
  const { crashPoints, violations } = await runLegsWithCrash(new Set())
  expect(violations).toEqual([])
  for (let point = 1; point <= crashPoints; point++) {
    expect((await runLegsWithCrash(new Set([point]))).violations, `crash point ${point}`).toEqual([])
  }
  console.log(`${crashPoints} crash points`)
  expect(crashPoints).toBeGreaterThan(50)
})

test.each(Object.entries(LEG_SABOTAGES))('the simulation notices when %s', PATIENTLY, async (_, sabotage) => {
  // A call without faults, then seeds.
  let report = await runLegsWithCrash(new Set(), sabotage)
  for (let seed = 1; report.violations.length === 0 && seed <= SABOTAGE_SEEDS; seed++) {
    report = await runLegs(seed, { sabotage })
  }
  expect(report.sabotagedRequests, 'the sabotage changes storage requests').toBeGreaterThan(0)
  expect(report.violations, `${SABOTAGE_SEEDS} seeds notice nothing`).not.toEqual([])
})
