import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AzureBlobs, AzureTables } from '../../../shared/storage/azure.js'
import { blobPrefixOf } from '../../../shared/storage/blobs.js'
import { accountOf } from '../../../shared/storage/sharded.js'
import type { TableName } from '../../../shared/storage/tables.js'
import { takeAccount } from '../../support/ownService.js'
import { COMMUNICATIONS, establishCall, getNotification, lastId, newBot } from '../../support/scenarios.js'
import { DEPLOYED_POLLING, type RunningService, startServiceOn } from '../../support/serviceProcess.js'

// A service whose calls are distributed to two storage accounts.

const CALLS_AT_A_TIME = 4
/** Enough random ids for both accounts. */
const MAX_CALLS = 40

const storage = [takeAccount(), takeAccount()] as const
let service: RunningService

const start = ([first, ...more]: readonly [string, ...string[]]) =>
  startServiceOn(first, {
    ...DEPLOYED_POLLING,
    MORE_CALLS_STORAGE: more.join(','),
    RETENTION_MS: '3000',
    WATCHDOG_DELAY_MS: '1000',
    NOTIFICATION_TIMEOUT_MS: '5000',
    LEASE_MS: '6000',
    SWEEP_SCHEDULE: '* * * * * *',
  })

beforeAll(async () => {
  service = await start(storage)
})
afterAll(() => service.stop())

/** Lists the partitions of a table, without void rows: the sweep writes one if it finds an entry of a removed call. */
const listKeys = async (account: string, table: TableName): Promise<string[]> => {
  const rows = await new AzureTables(account).list<object>(table, { to: '~' })
  return [...new Set(rows.filter(({ value }) => !('void' in value)).map(({ partitionKey }) => partitionKey))]
}
const listAllKeys = (table: TableName) =>
  Promise.all(storage.map(async (account) => (await listKeys(account, table)).toSorted()))

/**
 * Plays a call with a recording to its end. Before the end, the call must be stored in its own account and not in the
 * other. Returns the id of the call, and the name of the blob.
 */
async function playCall(): Promise<{ callId: string; blob: string }> {
  const [bot, personId] = [await newBot({ baseUrl: service.baseUrl }), randomUUID()]
  const call = await establishCall(bot, COMMUNICATIONS, personId)
  const callId = lastId(call)
  expect((await bot.request('POST', `${call}/recordResponse`, { maxSilenceTimeoutInSeconds: 1 })).status).toBe(200)
  expect((await bot.request('POST', `/simulator/people/${personId}/say`, { seconds: 0.3 })).status).toBe(200)
  await bot.waitFor(4)
  const { recordingLocation, recordingAccessToken } = getNotification(bot, -1).resourceData
  const headers = { authorization: `Bearer ${recordingAccessToken}` }
  expect((await fetch(recordingLocation, { headers })).status).toBe(200)

  const rows = await Promise.all(storage.map((account) => new AzureTables(account).get('calls', callId, 'call')))
  expect(rows.map((row) => row !== undefined)).toEqual([0, 1].map((account) => account === accountOf(callId, 2)))
  const { body } = await bot.request('GET', `/deliveries?callId=${callId}`)
  expect(body.value).toHaveLength(4)
  expect((await bot.request('DELETE', call)).status).toBe(204)
  await bot.waitFor(6)
  expect(bot.flow().at(-1)).toBe('deleted call terminated')
  return { callId, blob: `${blobPrefixOf(callId)}${lastId(recordingLocation)}` }
}

test('each call is stored in one of the accounts, and later removed from it with all of its data', async () => {
  const played: { callId: string; blob: string }[] = []
  const accountsOfCalls = () => played.map(({ callId }) => accountOf(callId, 2))
  while (new Set(accountsOfCalls()).size < 2 && played.length < MAX_CALLS) {
    played.push(...(await Promise.all(Array.from({ length: CALLS_AT_A_TIME }, playCall))))
  }
  expect(new Set(accountsOfCalls())).toEqual(new Set([0, 1]))

  await expect.poll(() => listAllKeys('calls')).toEqual([[], []])
  // A create that conflicts and is retried may leave the person's row of its first try.
  const indexKeys = (await listAllKeys('callIndex')).map((keys) => keys.filter((key) => !key.startsWith('person:')))
  expect(indexKeys).toEqual([['accounts'], ['accounts']])
  const blobs = storage.map((account) => new AzureBlobs(account))
  for (const { blob } of played) {
    expect(await Promise.all(blobs.map((account) => account.get(blob)))).toEqual([undefined, undefined])
  }
})

test('the deliveries of all calls are listed from both accounts', async () => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  const calls: string[] = []
  while (new Set(calls.map((id) => accountOf(id, 2))).size < 2 && calls.length < MAX_CALLS) {
    const personBot = await newBot({ baseUrl: service.baseUrl })
    calls.push(lastId(await establishCall(personBot, COMMUNICATIONS)))
  }
  const { body } = await bot.request('GET', '/deliveries')
  expect(body.value.map(({ callId }: { callId: string }) => callId)).toEqual(expect.arrayContaining(calls))
})

test('a service with another list of accounts does not start, and one with the same list does', async () => {
  const [first, second] = storage
  const refusal =
    /The list of storage accounts has changed: account 1 of .* Restore CALLS_STORAGE and MORE_CALLS_STORAGE/
  for (const accounts of [[second, first], [first]] as const) await expect(start(accounts)).rejects.toThrow(refusal)
  const another = await service.startAnother()
  await another.stop()
})
