import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

// CONTRIBUTING.md describes the projects. `npm test` runs unit, unit-isolated, integration and proof-short.

/** Tests that load the app or its host, which both work once per process. */
const OF_ONE_PROCESS = ['test/unit/{embedded,functions,local-host,testing}/**/*.test.ts']
/** Builds the project, and starts one emulator and one service that all test files of a run share. */
const SHARED_SERVICE = ['test/support/globalSetup.ts']
/** They measure times, or use all cores, so they run one after the other when the other programs have ended. */
const MEASURED = ['test/programs/{bench,npmPackage}.test.ts']
/** It measures how long notifications wait, so it runs after the other proofs and beside none. */
const ISOLATION = ['test/proof/isolation.test.ts']
/** Two cores run eight test files at a time, because these mostly wait for a notification. */
const MAX_WORKERS = 8
/** How long `expect.poll` waits. Its default of a second is too short when other tests keep the machine busy. */
const POLL_MS = 60_000
/** How long a test may take. The default of five seconds is less than a busy machine needs to start a service. */
const TEST_TIMEOUT_MS = 240_000
/** The same for a hook. Some install packages, and delete tens of thousands of files. */
const HOOK_TIMEOUT_MS = 900_000
/** What @azure/functions prints for each function that a test registers in its own process. */
const REGISTRATION_WARNING = /"@azure\/functions" package (is in|to) test mode/
// The processes of a run load the same packages. They share the compiled code, and so do later runs.
process.env.NODE_COMPILE_CACHE ??= resolve('node_modules/.cache/node-compile')

export default defineConfig({
  test: {
    maxWorkers: MAX_WORKERS,
    onConsoleLog: (text) => !REGISTRATION_WARNING.test(text),
    expect: { poll: { timeout: POLL_MS } },
    testTimeout: TEST_TIMEOUT_MS,
    hookTimeout: HOOK_TIMEOUT_MS,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: OF_ONE_PROCESS,
          // Loading the libraries once per worker saves half of the CPU time.
          isolate: false,
          provide: { proof: 'short' },
        },
      },
      { extends: true, test: { name: 'unit-isolated', include: OF_ONE_PROCESS, provide: { proof: 'short' } } },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          // Importing the SDKs once per worker saves a tenth of the CPU. The files of a worker then share the state of
          // @azure/functions, so a test that registers functions in its own process belongs to another project.
          isolate: false,
          globalSetup: SHARED_SERVICE,
        },
      },
      {
        extends: true,
        test: {
          name: 'programs',
          include: ['test/programs/*.test.ts'],
          exclude: MEASURED,
          globalSetup: SHARED_SERVICE,
        },
      },
      {
        extends: true,
        test: {
          name: 'measured',
          include: MEASURED,
          globalSetup: SHARED_SERVICE,
          sequence: { groupOrder: 2 },
          maxWorkers: 1,
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/programs/inspector/*.test.ts'],
          globalSetup: SHARED_SERVICE,
          // Each test drives a browser and a service, and speech has its own time: they run after the others, two at once.
          sequence: { groupOrder: 1 },
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'proof-short',
          include: ['test/proof/{simulation/simulation,simulation/legs,fuzz/fuzz,crash/load}.test.ts'],
          globalSetup: SHARED_SERVICE,
          provide: { proof: 'short' },
        },
      },
      {
        extends: true,
        test: {
          name: 'proof',
          include: ['test/proof/**/*.test.ts', 'test/unit/{engine/replaceCall,calls/properties}.test.ts'],
          exclude: ISOLATION,
          globalSetup: SHARED_SERVICE,
          provide: { proof: 'long' },
        },
      },
      {
        extends: true,
        test: {
          name: 'isolation',
          include: ISOLATION,
          globalSetup: SHARED_SERVICE,
          provide: { proof: 'long' },
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'dotnet',
          include: ['test/dotnet/*.test.ts'],
          globalSetup: ['test/dotnet/globalSetup.ts'],
        },
      },
    ],
  },
})
