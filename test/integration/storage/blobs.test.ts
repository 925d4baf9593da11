import { expect, inject, test } from 'vitest'
import { AzureBlobs } from '../../../shared/storage/azure.js'
import { MemoryBlobs } from '../../../shared/storage/memory.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { describeBlobs } from '../../support/blobContract.js'
import { takeAccount } from '../../support/ownService.js'

describeBlobs('AzureBlobs on Azurite', () => new AzureBlobs(inject('storage')))
describeBlobs('MemoryBlobs', () => new MemoryBlobs())

test('every request throws StorageUnavailable when the blob service does not answer', async () => {
  const blobs = new AzureBlobs(inject('storage').replace(/BlobEndpoint=[^;]+/, 'BlobEndpoint=http://127.0.0.1:9/a'))
  await expect(blobs.put('a', Uint8Array.of(1))).rejects.toThrow(StorageUnavailable)
  await expect(blobs.get('a')).rejects.toThrow(StorageUnavailable)
  await expect(blobs.deleteAll('a')).rejects.toThrow(StorageUnavailable)
})

test('the first request to an empty account of the emulator creates the container', async () => {
  const account = takeAccount()
  const blobs = new AzureBlobs(account)
  expect(await blobs.get('a')).toBeUndefined()
  await blobs.put('a', Uint8Array.of(1))
  expect(await new AzureBlobs(account).get('a')).toEqual(Buffer.of(1))
})

test('a wrong account key is not reported as unavailable storage', async () => {
  const blobs = new AzureBlobs(inject('storage').replace(/AccountKey=[^;]+/, 'AccountKey=d3Jvbmc='))
  await expect(blobs.get('a')).rejects.toThrow()
  await expect(blobs.get('a')).rejects.not.toBeInstanceOf(StorageUnavailable)
})
