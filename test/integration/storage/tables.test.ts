import { TableServiceClient } from '@azure/data-tables'
import { QueueServiceClient } from '@azure/storage-queue'
import { expect, inject, test } from 'vitest'
import { AzureTables, createStorage, isEmulator } from '../../../shared/storage/azure.js'
import { MemoryTables } from '../../../shared/storage/memory.js'
import { StorageUnavailable } from '../../../shared/storage/tables.js'
import { takeAccount } from '../../support/ownService.js'
import { describeTables } from '../../support/storageContract.js'

describeTables('AzureTables on Azurite', () => new AzureTables(inject('storage')))
describeTables('MemoryTables', () => new MemoryTables())

test('every write throws StorageUnavailable when the table service does not answer', async () => {
  const tables = new AzureTables(inject('storage').replace(/TableEndpoint=[^;]+/, 'TableEndpoint=http://127.0.0.1:9/a'))
  await expect(tables.write('calls', 'a', [{ type: 'put', rowKey: 'a', value: 1 }])).rejects.toThrow(StorageUnavailable)
  const twoRows = ['a', 'b'].map((rowKey) => ({ type: 'put', rowKey, value: 1 }) as const)
  await expect(tables.write('calls', 'a', twoRows)).rejects.toThrow(StorageUnavailable)
  await expect(tables.write('calls', 'a', [{ type: 'delete', rowKey: 'a' }])).rejects.toThrow(StorageUnavailable)
})

test('a wrong account key is not reported as unavailable storage', async () => {
  const wrongKey = inject('storage').replace(/AccountKey=[^;]+/, 'AccountKey=d3Jvbmc=')
  const refused = new AzureTables(wrongKey).get('calls', 'a', 'a')
  await expect(refused).rejects.toThrow()
  await expect(refused).rejects.not.toBeInstanceOf(StorageUnavailable)
})

test('createStorage keeps existing tables and their rows', async () => {
  const tables = new AzureTables(inject('storage'))
  await tables.write('meetings', 'kept', [{ type: 'put', rowKey: 'kept', value: 1 }])
  await createStorage(inject('storage'))
  expect(await tables.get('meetings', 'kept', 'kept')).toMatchObject({ value: 1 })
})

test('createStorage creates what is missing, also when the rest exists', async () => {
  const connection = takeAccount()
  await createStorage(connection)
  await TableServiceClient.fromConnectionString(connection, { allowInsecureConnection: true }).deleteTable('meetings')
  const queues = QueueServiceClient.fromConnectionString(connection)
  await queues.deleteQueue('notifications-poison')
  await createStorage(connection)
  expect(await new AzureTables(connection).list('meetings', { to: '~' })).toEqual([])
  expect(await queues.getQueueClient('notifications-poison').exists()).toBe(true)
})

test.for([
  ['UseDevelopmentStorage=true', true],
  ['DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5', true],
  ['AccountName=mine;AccountKey=a2V5;TableEndpoint=http://azurite:10002/mine', true],
  ['DefaultEndpointsProtocol=https;AccountName=mine;AccountKey=a2V5;EndpointSuffix=core.windows.net', false],
  ['AccountName=mine;AccountKey=a2V5;TableEndpoint=https://mine.table.core.windows.net', false],
  ['AccountName=mine;AccountKey=a2V5;TableEndpoint=http://mine.table.core.chinacloudapi.cn', false],
  ['AccountName=devstoreaccount1;AccountKey=a2V5;TableEndpoint=https://mine.table.core.windows.net', false],
] as const)('isEmulator of %s is %s', ([connectionString, expected]) => {
  expect(isEmulator(connectionString)).toBe(expected)
})
