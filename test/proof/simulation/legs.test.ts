import { expect, test } from 'vitest'
import { LEG_SEEDS } from '../../support/sizes.js'
import { runConversations } from './conversations.js'

const PATIENTLY = { timeout: 15 * 60_000 }

test(
  `${LEG_SEEDS} seeds from 1: the calls of applications that are connected agree in the end`,
  PATIENTLY,
  async () => {
    let linked = 0
    for (let seed = 1; seed <= LEG_SEEDS; seed++) {
      const report = await runConversations(seed)
      expect(report.violations, `seed ${seed}`).toEqual([])
      linked += report.linked
    }
    console.log(`${LEG_SEEDS} seeds: ${linked} calls were linked`)
    expect(linked).toBeGreaterThan(LEG_SEEDS)
  },
)
