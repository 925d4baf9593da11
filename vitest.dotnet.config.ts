import { defineConfig } from 'vitest/config'

/** What `npm run test:dotnet` runs: Microsoft's .NET clients and ASP.NET Core's router. */
export default defineConfig({
  test: {
    include: ['test/clients/dotnet/*.test.ts'],
    globalSetup: ['test/clients/dotnet/globalSetup.ts'],
    silent: 'passed-only',
    testTimeout: 120_000,
    hookTimeout: 300_000,
  },
})
