import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They need .NET: npm run test:dotnet.
    exclude: [...configDefaults.exclude, 'test/clients/dotnet/**'],
    globalSetup: ['test/support/globalSetup.ts'],
    // Real processes and a real emulator share two cores with the tests.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
