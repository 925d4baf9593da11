import { expect, test } from 'vitest'
import { LEG_SEEDS } from '../../support/sizes.js'
import { runLegs } from './legs.js'

test(`${LEG_SEEDS} seeds from 1: the legs of calls between applications agree in the end`, async () => {
  let connected = 0
  for (let seed = 1; seed <= LEG_SEEDS; seed++) {
    const report = await runLegs(seed)
    expect(report.violations, `seed ${seed}`).toEqual([])
    connected += report.connected
  }
  console.log(`${LEG_SEEDS} seeds: ${connected} legs were connected`)
  expect(connected).toBeGreaterThan(LEG_SEEDS / 2)
}, 600_000)
