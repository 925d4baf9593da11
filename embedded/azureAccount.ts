import { readSettings } from '../shared/service/config.js'
import { accountAddresses, assertLocalAccounts, productionDependencies } from '../shared/service/production.js'
import { createStorage, isEmulator } from '../shared/storage/azure.js'
import type { EmbeddedOptions } from './embeddedService.js'

/**
 * Opens the storage of the settings, and creates its tables where it is an emulator.
 *
 * @throws ConfigError for a setting that is not valid, and the error of the storage when it does not answer
 */
export async function openAzureAccount(
  env: EmbeddedOptions['env'],
): Promise<Pick<EmbeddedOptions, 'storage' | 'keys'>> {
  const settings = readSettings({ RINGBACK_LOCAL: 'true', ...env })
  assertLocalAccounts(settings)
  await Promise.all(accountAddresses(settings).filter(isEmulator).map(createStorage))
  const { tables, blobs, keys } = productionDependencies(settings)
  return { storage: { tables, blobs }, keys }
}
