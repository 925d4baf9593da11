import { defineConfig } from 'vitest/config'

/** What `npm run simulate` runs: no service and no emulator are needed. */
export default defineConfig({ test: { include: ['test/simulation/*.test.ts'] } })
