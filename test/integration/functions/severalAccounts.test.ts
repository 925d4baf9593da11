import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AzureBlobs, AzureTables } from '../../../shared/storage/azure.js'
import { blobPrefixOf } from '../../../shared/storage/blobs.js'
import { accountOf } from '../../../shared/storage/sharded.js'
import type { TableName } from '../../../shared/storage/tables.js'
import { COMMUNICATIONS, establishCall, getNotification, lastId, newBot } from '../../support/scenarios.js'
import { type RunningService, startService } from '../../support/serviceProcess.js'
import { startTwoAccounts, type TwoAccounts } from '../../support/twoAccounts.js'

// A service whose calls are distributed to two storage accounts.

/** Generous, because the machine may be busy. A sweep that meets a delivery looks at the call again after its lease. */
const REMOVED_WITHIN = { timeout: 60_000 }
const TIMEOUT = { timeout: 120_000 }
const CALLS_AT_A_TIME = 4
/** Enough random ids for both accounts. */
const MAX_CALLS = 40

let storage: TwoAccounts
let service: RunningService

const start = ([first, ...more]: readonly string[]) =>
  startService({
    CALLS_STORAGE: first ?? '',
    MORE_CALLS_STORAGE: more.join(','),
    RETENTION_MS: '3000',
    WATCHDOG_DELAY_MS: '1000',
    NOTIFICATION_TIMEOUT_MS: '5000',
    LEASE_MS: '6000',
    SWEEP_SCHEDULE: '* * * * * *',
  })

beforeAll(async () => {
  storage = await startTwoAccounts()
  service = await start(storage.accounts)
})
afterAll(async () => {
  await service.stop()
  await storage.stop()
})

/** Lists the partitions of a table. A void row, which a late watchdog entry of a removed call leaves, does not count. */
const listKeys = async (account: string, table: TableName): Promise<string[]> => {
  const rows = await new AzureTables(account).list<object>(table, { to: '~' })
  return [...new Set(rows.filter(({ value }) => !('void' in value)).map(({ partitionKey }) => partitionKey))]
}
const listAllKeys = (table: TableName) =>
  Promise.all(storage.accounts.map(async (account) => (await listKeys(account, table)).toSorted()))

/** Plays a call with a recording to its end. Returns the id of the call, and the name of the blob. */
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

  const { body } = await bot.request('GET', `/deliveries?callId=${callId}`)
  expect(body.value).toHaveLength(4)
  expect((await bot.request('DELETE', call)).status).toBe(204)
  await bot.waitFor(6)
  expect(bot.flow().at(-1)).toBe('deleted call terminated')
  return { callId, blob: `${blobPrefixOf(callId)}${lastId(recordingLocation)}` }
}

test('calls are played from their creation to their removal in both accounts, and in no other', TIMEOUT, async () => {
  const played: { callId: string; blob: string }[] = []
  const accountsOfCalls = () => played.map(({ callId }) => accountOf(callId, 2))
  while (new Set(accountsOfCalls()).size < 2 && played.length < MAX_CALLS) {
    played.push(...(await Promise.all(Array.from({ length: CALLS_AT_A_TIME }, playCall))))
  }
  expect(new Set(accountsOfCalls())).toEqual(new Set([0, 1]))

  const last = played.at(-1) ?? { callId: '', blob: '' }
  const [own = '', other = ''] = accountOf(last.callId, 2) === 0 ? storage.accounts : storage.accounts.toReversed()
  expect(await listKeys(own, 'calls')).toContain(last.callId)
  expect(await listKeys(other, 'calls')).not.toContain(last.callId)

  await expect.poll(() => listAllKeys('calls'), REMOVED_WITHIN).toEqual([[], []])
  // A command that conflicts may leave a row of a person.
  const indexKeys = (await listAllKeys('callIndex')).map((keys) => keys.filter((key) => !key.startsWith('person:')))
  expect(indexKeys).toEqual([['accounts'], ['accounts']])
  const blobs = storage.accounts.map((account) => new AzureBlobs(account))
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

test('another list of accounts is refused at the start, and the same list is not', TIMEOUT, async () => {
  const [first, second] = storage.accounts
  const refusal =
    /The list of storage accounts has changed: account 1 of .* Restore CALLS_STORAGE and MORE_CALLS_STORAGE/
  for (const accounts of [[second, first], [first]]) await expect(start(accounts)).rejects.toThrow(refusal)
  const another = await service.startAnother()
  await another.stop()
})
