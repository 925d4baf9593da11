import { ConfigError, readSettings } from './config.js'
import { createService, type Service } from './service.js'

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
  const settings = readSettings()
  // The libraries of Azure are loaded only by a process that uses its storage: they take most of the time of a start.
  const [{ accountAddresses, productionDependencies }, { isEmulator }] = await Promise.all([
    import('./production.js'),
    import('../storage/azure.js'),
  ])
  if (settings.RINGBACK_LOCAL && !accountAddresses(settings).every(isEmulator)) {
    throw new ConfigError(
      'RINGBACK_LOCAL is true, so every client gets a token, but CALLS_STORAGE or MORE_CALLS_STORAGE is not the ' +
        'emulator. Unset RINGBACK_LOCAL, or set CALLS_STORAGE to UseDevelopmentStorage=true.',
    )
  }
  return createService(settings, productionDependencies(settings))
}
