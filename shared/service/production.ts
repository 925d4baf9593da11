import { setTimeout as sleep } from 'node:timers/promises'
import { v4 } from 'uuid'
import { fileKeySource } from '../auth/keys/fileKeySource.js'
import { KeyRing } from '../auth/keys/keyRing.js'
import { vaultClientFactory, vaultKeySource } from '../auth/keys/vaultKeySource.js'
import { azureIdentity } from '../platform/azureIdentity.js'
import {
  AzureBlobs,
  AzureQueues,
  AzureTables,
  type DataAddress,
  isEmulator,
  type StorageAddress,
} from '../storage/azure.js'
import { ShardedBlobs, ShardedTables } from '../storage/sharded.js'
import { ConfigError, type Settings } from './config.js'
import { createNetwork } from './network.js'
import type { Dependencies } from './service.js'

/** The dependencies of a service on Azure Storage or its emulator, with the clock and the network of this machine. */
export function productionDependencies(settings: Settings): Dependencies {
  const { KEYS_DIRECTORY, NOTIFICATION_KEY } = settings
  const accounts = accountAddresses(settings)
  const notificationKeySource = NOTIFICATION_KEY
    ? vaultKeySource(NOTIFICATION_KEY, vaultClientFactory(azureIdentity))
    : fileKeySource(KEYS_DIRECTORY, 'notifications')
  return {
    tables: new ShardedTables(accounts.map((address) => new AzureTables(address))),
    blobs: new ShardedBlobs(accounts.map((address) => new AzureBlobs(address))),
    queues: new AzureQueues(storageAddress(settings)),
    clock: { now: Date.now, sleep },
    tokenTime: Date.now,
    newId: v4,
    random: Math.random,
    ...createNetwork(settings),
    keys: {
      access: new KeyRing(fileKeySource(KEYS_DIRECTORY, 'access')),
      notifications: new KeyRing(notificationKeySource),
    },
  }
}

/** @throws ConfigError when every client would get a token for calls in a real account */
export function assertLocalAccounts(settings: Settings): void {
  if (!settings.RINGBACK_LOCAL || accountAddresses(settings).every(isEmulator)) return
  throw new ConfigError(
    'RINGBACK_LOCAL is true, so every client gets a token, but CALLS_STORAGE or MORE_CALLS_STORAGE is not the ' +
      'emulator. Unset RINGBACK_LOCAL, or set CALLS_STORAGE to UseDevelopmentStorage=true.',
  )
}

/** The storage that the settings name: a connection string, or service URIs with the identity of this process. */
function storageAddress(settings: Settings): StorageAddress {
  const {
    CALLS_STORAGE__blobServiceUri: blobServiceUri,
    CALLS_STORAGE__tableServiceUri: tableServiceUri,
    CALLS_STORAGE__queueServiceUri: queueServiceUri,
  } = settings
  if (!blobServiceUri || !tableServiceUri || !queueServiceUri) return settings.CALLS_STORAGE
  return { blobServiceUri, tableServiceUri, queueServiceUri, credential: azureIdentity }
}

/** The accounts to which calls are distributed, in the order of the settings; the first one is that of the queues. */
export function accountAddresses(settings: Settings): DataAddress[] {
  const { MORE_CALLS_STORAGE__blobServiceUri: blobServiceUris, MORE_CALLS_STORAGE__tableServiceUri: tableServiceUris } =
    settings
  const more = tableServiceUris.map((tableServiceUri, index) => {
    return { blobServiceUri: blobServiceUris[index] ?? '', tableServiceUri, credential: azureIdentity }
  })
  return [storageAddress(settings), ...(more.length > 0 ? more : settings.MORE_CALLS_STORAGE)]
}
