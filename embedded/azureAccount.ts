import { ConfigError, readSettings } from '../shared/service/config.js'
import { accountAddresses, assertLocalAccounts, productionDependencies } from '../shared/service/production.js'
import { createDataStorage, isEmulator } from '../shared/storage/azure.js'
import type { EmbeddedOptions } from './embeddedService.js'

/**
 * Opens the storage of the settings, and creates what is missing in it. RINGBACK_LOCAL is true by default only for the
 * emulator: with an account of Azure, not every client may get a token. Returns the settings with that default too.
 *
 * @throws ConfigError for a setting that is not valid, and the error of the storage when it does not answer
 */
export async function openAzureAccount(
  env: EmbeddedOptions['env'],
): Promise<Pick<EmbeddedOptions, 'env' | 'storage' | 'keys'>> {
  const accounts = accountAddresses(readSettings({ ...env, RINGBACK_LOCAL: 'true' }))
  const RINGBACK_LOCAL = env.RINGBACK_LOCAL || String(accounts.every(isEmulator))
  const settings = readSettings({ ...env, RINGBACK_LOCAL })
  assertLocalAccounts(settings)
  if (!settings.RINGBACK_LOCAL && settings.TOKEN_ISSUERS.length === 0) {
    throw new ConfigError(
      'TOKEN_ISSUERS and TOKEN_AUDIENCES must be set for a storage account that is not the emulator: ' +
        'the service issues no tokens for it.',
    )
  }
  await Promise.all(accounts.filter((account) => typeof account === 'string').map(createDataStorage))
  const { tables, blobs, keys } = productionDependencies(settings)
  return { env: { ...env, RINGBACK_LOCAL }, storage: { tables, blobs }, keys }
}
