import { expect, test } from 'vitest'
import { SABOTAGE_SEEDS } from '../../support/sizes.js'
import { MAX_DELAY_WITHOUT_FAULTS_MS, measureDelaysWithoutFaults, runSeed } from './run.js'
import { SABOTAGES, skipLookAfterLease } from './sabotage.js'

// The simulation notices when a part of the protocol is removed.

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

test('the simulation notices when a drain does not look again after its lease', { timeout: 300_000 }, async () => {
  const { notification } = await measureDelaysWithoutFaults(skipLookAfterLease)
  expect(notification).toBeGreaterThan(MAX_DELAY_WITHOUT_FAULTS_MS)
})
