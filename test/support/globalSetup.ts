import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type Azurite, startAzurite } from '../../local-host/azurite.js'
import { AZURITE_ACCOUNTS } from './accounts.js'
import { build } from './build.js'
import { checkRunLogs, logFileOf, startRunLogs } from './runLogs.js'
import { DEPLOYED_POLLING, type RunningService, startServiceOn } from './serviceProcess.js'

declare module 'vitest' {
  interface ProvidedContext {
    baseUrl: string
    storage: string
    /** The directory of the service's keys. */
    keys: string
    /** The file with everything that the service prints. */
    logFile: string
    /** Where ownService.ts notes which accounts of the storage are taken. */
    takenAccounts: string
  }
}

/** What all test files of a run share. Each test has its own bots. */
interface Shared {
  readonly directory: string
  readonly azurite: Azurite
  readonly service: RunningService
}

declare global {
  var ringbackTestRun: { projects: number; shared?: Promise<Shared> } | undefined
}
// Vitest loads this file once for each project of a run, so the process keeps what the projects share.
globalThis.ringbackTestRun ??= { projects: 0 }
const run = globalThis.ringbackTestRun

/** Builds the project, and starts one Azurite and one service for all test files. */
export async function setup(project: TestProject): Promise<void> {
  run.projects++
  run.shared ??= start()
  const { directory, service } = await run.shared
  project.provide('baseUrl', service.baseUrl)
  project.provide('storage', service.storage)
  project.provide('keys', service.keys)
  project.provide('logFile', logFileOf(String(service.pid)))
  project.provide('takenAccounts', join(directory, 'accounts'))
}

async function start(): Promise<Shared> {
  build()
  startRunLogs()
  const directory = mkdtempSync(join(tmpdir(), 'ringback-storage-'))
  mkdirSync(join(directory, 'accounts'))
  process.env.AZURITE_ACCOUNTS = AZURITE_ACCOUNTS
  const azurite = await startAzurite({ directory: join(directory, 'azurite') })
  delete process.env.AZURITE_ACCOUNTS
  const service = await startServiceOn(azurite.connectionString(), DEPLOYED_POLLING)
  return { directory, azurite, service }
}

export async function teardown(): Promise<void> {
  run.projects--
  if (run.projects > 0 || !run.shared) return
  const { directory, azurite, service } = await run.shared
  await service.stop()
  await azurite.stop()
  rmSync(directory, { recursive: true })
  checkRunLogs()
}
