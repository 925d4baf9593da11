import { beforeAll, describe } from 'vitest'
import { AzureBlobs, AzureTables, createStorage } from '../../../shared/storage/azure.js'
import { MemoryBlobs, MemoryTables } from '../../../shared/storage/memory.js'
import { ShardedBlobs, ShardedTables } from '../../../shared/storage/sharded.js'
import { describeBlobs } from '../../support/blobContract.js'
import { takeAccount } from '../../support/ownService.js'
import { describeTables } from '../../support/storageContract.js'

// Several accounts fulfill the same contracts as one.

describeTables('ShardedTables of two MemoryTables', () => new ShardedTables([new MemoryTables(), new MemoryTables()]))
describeTables('ShardedTables of one MemoryTables', () => new ShardedTables([new MemoryTables()]))
describeBlobs('ShardedBlobs of two MemoryBlobs', () => new ShardedBlobs([new MemoryBlobs(), new MemoryBlobs()]))

describe('on two accounts of Azurite', () => {
  const accounts = [takeAccount(), takeAccount()]
  beforeAll(async () => {
    await Promise.all(accounts.map(createStorage))
  })

  describeTables('ShardedTables', () => new ShardedTables(accounts.map((account) => new AzureTables(account))))
  describeBlobs('ShardedBlobs', () => new ShardedBlobs(accounts.map((account) => new AzureBlobs(account))))
})
