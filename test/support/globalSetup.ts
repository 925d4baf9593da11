import type { TestProject } from 'vitest/node'
import { build } from './build.js'
import { checkRunLogs, startRunLogs } from './runLogs.js'
import { type RunningService, startService } from './serviceProcess.js'

declare module 'vitest' {
  interface ProvidedContext {
    baseUrl: string
    storage: string
  }
}

let service: RunningService

/** Builds the project, and starts one Azurite and one service for all test files. Each test has its own bots. */
export async function setup(project: TestProject): Promise<void> {
  build()
  startRunLogs()
  service = await startService()
  project.provide('baseUrl', service.baseUrl)
  project.provide('storage', service.storage)
}

export async function teardown(): Promise<void> {
  await service.stop()
  checkRunLogs()
}
