import type { TestProject } from 'vitest/node'
import { build } from './build.js'
import { beginLogs, endLogs } from './runLogs.js'
import { type RunningService, startService } from './service.js'

declare module 'vitest' {
  interface ProvidedContext {
    baseUrl: string
    storage: string
  }
}

let service: RunningService

/** Builds what is tested, and starts one emulator and one service that all files may share: each test has its own bots. */
export async function setup(project: TestProject): Promise<void> {
  build()
  beginLogs()
  service = await startService()
  project.provide('baseUrl', service.baseUrl)
  project.provide('storage', service.storage)
}

export async function teardown(): Promise<void> {
  await service.stop()
  endLogs()
}
