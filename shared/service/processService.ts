import { readSettings, type Settings } from './config.js'
import { createService, type Service } from './service.js'

let processSettings: Settings | undefined

/**
 * The settings of this process, read from the environment at their first use.
 *
 * @throws ConfigError
 */
export function getSettings(): Settings {
  processSettings ??= readSettings()
  return processSettings
}

let processService: Promise<Service> | undefined

/**
 * The service of this process, created from the environment at its first use.
 *
 * @throws ConfigError
 */
export function getService(): Promise<Service> {
  processService ??= createProcessService().catch((error: unknown) => {
    processService = undefined
    throw error
  })
  return processService
}

async function createProcessService(): Promise<Service> {
  const settings = getSettings()
  // The libraries of Azure are loaded only by a process that uses its storage: they take most of the time of a start.
  const { assertLocalAccounts, productionDependencies } = await import('./production.js')
  assertLocalAccounts(settings)
  return createService(settings, productionDependencies(settings))
}
