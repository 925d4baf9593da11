import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { WrongAccounts } from '../../../shared/storage/accountCheck.js'
import { MemoryBlobs, MemoryTables } from '../../../shared/storage/memory.js'
import { accountOf, ShardedBlobs, ShardedTables } from '../../../shared/storage/sharded.js'
import { type RowRange, type RowWrite, StorageUnavailable, type Tables } from '../../../shared/storage/tables.js'

const newAccounts = (count: number): MemoryTables[] => Array.from({ length: count }, () => new MemoryTables())
const put = (rowKey: string): RowWrite => ({ type: 'put', rowKey, value: {} })
const MARKER = 'accounts'
const ALL = { to: '~' }

/** Writes twenty calls: enough random ids for every account. */
async function writeCalls(tables: Tables): Promise<void> {
  for (let count = 0; count < 20; count++) await tables.write('calls', randomUUID(), [put('call')])
}

test('the account of a key never changes: stored calls are found by it', () => {
  const keys = ['00000000-0000-4000-8000-000000000000', '11111111-1111-4111-8111-111111111111', 'meeting:a', '']
  expect(keys.map((key) => [2, 3, 10].map((accounts) => accountOf(key, accounts)))).toEqual([
    [0, 2, 6],
    [1, 0, 5],
    [1, 1, 7],
    [0, 2, 0],
  ])
})

test('calls are distributed evenly', () => {
  for (const accounts of [2, 3, 7]) {
    const counts = Array.from({ length: accounts }, () => 0)
    for (let id = 0; id < 10_000; id++) {
      const account = accountOf(randomUUID(), accounts)
      counts[account] = (counts[account] ?? 0) + 1
    }
    const mean = 10_000 / accounts
    for (const count of counts) expect(Math.abs(count - mean)).toBeLessThan(mean * 0.2)
  }
})

test('the rows of a call, its watchdog entries and its recordings are in one account, and calls in all', async () => {
  const accounts = newAccounts(3)
  const blobAccounts = [new MemoryBlobs(), new MemoryBlobs(), new MemoryBlobs()]
  const [tables, blobs] = [new ShardedTables(accounts), new ShardedBlobs(blobAccounts)]
  const ids = Array.from({ length: 50 }, () => randomUUID())
  for (const id of ids) {
    await tables.write('calls', id, [put('call'), put('delivery')])
    await tables.write('watchdog', '000340000000', [put(id)])
    await blobs.put(`${id}/recording`, Uint8Array.of(1))
  }
  const held = await Promise.all(
    accounts.map(async (account, index) => {
      const calls = (await account.list('calls', ALL)).filter(({ rowKey }) => rowKey === 'call')
      const entries = await account.list('watchdog', ALL)
      const recordings = blobAccounts[index]?.names() ?? []
      return {
        calls: calls.map(({ partitionKey }) => partitionKey),
        entries: entries.map(({ rowKey }) => rowKey),
        recordings: recordings.map((name) => name.replace('/recording', '')).toSorted(),
      }
    }),
  )
  for (const { calls, entries, recordings } of held) {
    expect(calls.length).toBeGreaterThan(5)
    expect([entries, recordings]).toEqual([calls, calls])
  }
  expect(held.flatMap(({ calls }) => calls)).toHaveLength(ids.length)
})

test('a list has the rows of all accounts in order, page by page', async () => {
  const tables = new ShardedTables(newAccounts(3))
  for (let row = 0; row < 30; row++) await tables.write('watchdog', `bucket-${row % 3}`, [put(`call-${row}`)])
  const whole = await tables.list('watchdog', ALL)
  const keys = whole.map(({ partitionKey, rowKey }) => `${partitionKey} ${rowKey}`)
  expect(keys).toHaveLength(30)
  expect(keys).toEqual(keys.toSorted())
  const pages: typeof whole = []
  for (let after: RowRange['after'] | undefined; ; ) {
    const page = await tables.list('watchdog', { ...ALL, limit: 7, ...(after && { after }) })
    if (page.length === 0) break
    pages.push(...page)
    after = page.at(-1)
  }
  expect(pages).toEqual(whole)
})

test('a list of one partition is one request to the account that has it', async () => {
  const accounts = newAccounts(2)
  const tables = new ShardedTables(accounts)
  await tables.write('calls', 'a', [put('call')])
  const other = accounts[1 - accountOf('a', 2)]
  if (other) other.list = () => Promise.reject(new Error('not expected'))
  expect(await tables.list('calls', { from: 'a', to: 'a' })).toHaveLength(1)
})

test('a transaction of rows in different accounts is refused, and writes nothing', async () => {
  const tables = new ShardedTables(newAccounts(2))
  const writes = Array.from({ length: 20 }, (_, index) => put(`call-${index}`))
  await expect(tables.write('watchdog', 'bucket', writes)).rejects.toThrow('expected a transaction in one account')
  expect(await tables.list('watchdog', ALL)).toEqual([])
})

test('the blobs of a call are deleted in its account, and those of a shorter prefix in all', async () => {
  const accounts = [new MemoryBlobs(), new MemoryBlobs()]
  const blobs = new ShardedBlobs(accounts)
  const names = Array.from({ length: 20 }, (_, index) => `call-${index}/a`)
  for (const name of names) await blobs.put(name, Uint8Array.of(1))
  expect(accounts.every((account) => account.names().length > 0)).toBe(true)
  await blobs.deleteAll('call-7/')
  expect(await blobs.get('call-7/a')).toBeUndefined()
  expect(await blobs.get('call-8/a')).toEqual(Uint8Array.of(1))
  await blobs.deleteAll('call-')
  expect(accounts.flatMap((account) => account.names())).toEqual([])
})

test('a single account gets no marker row', async () => {
  const accounts = newAccounts(1)
  await writeCalls(new ShardedTables(accounts))
  expect(await accounts[0]?.get('callIndex', MARKER, MARKER)).toBeUndefined()
})

test('the same list is accepted at every later start, also by hosts that start at the same time', async () => {
  const accounts = newAccounts(3)
  const hosts = Array.from({ length: 5 }, () => new ShardedTables(accounts))
  await Promise.all(hosts.map(writeCalls))
  await writeCalls(new ShardedTables(accounts))
  expect(await new ShardedTables(accounts).list('calls', ALL)).toHaveLength(6 * 20)
})

test('a host accepts calls that another host stored while it checked the accounts', async () => {
  const accounts = newAccounts(2)
  const slow = accounts.map((account): Tables => {
    const list: Tables['list'] = async (table, range) => {
      // The fast host has found the accounts empty, has marked them and has stored a call.
      await new ShardedTables(accounts).write('calls', 'a', [put('call')])
      return account.list(table, range)
    }
    return { get: account.get.bind(account), write: account.write.bind(account), list }
  })
  expect(await new ShardedTables(slow).get('calls', 'a', 'call')).toBeDefined()
})

test.each<[string, (accounts: MemoryTables[]) => MemoryTables[], string]>([
  ['has one account more', (accounts) => [...accounts, new MemoryTables()], 'account 1 of 4 was account 1 of 3'],
  ['has one account fewer', (accounts) => accounts.slice(0, 2), 'account 1 of 2 was account 1 of 3'],
  ['has only the first account', (accounts) => accounts.slice(0, 1), 'account 1 of 1 was account 1 of 3'],
  ['has only the last account', (accounts) => accounts.slice(2), 'account 1 of 1 was account 3 of 3'],
  ['has another order', (accounts) => accounts.toReversed(), 'account 1 of 3 was account 3 of 3'],
  ['has an account twice', ([a, b]) => [a, b, b] as MemoryTables[], 'account 3 of 3 was account 2 of 3'],
  ['has an empty account', ([a, , c]) => [a, new MemoryTables(), c] as MemoryTables[], 'account 2 of 3 was not in it'],
  [
    'has an empty first account',
    ([, b, c]) => [new MemoryTables(), b, c] as MemoryTables[],
    'account 2 of 3 has rows from before',
  ],
])('a list that %s is refused before any row is read or written', async (_, change, problem) => {
  const accounts = newAccounts(3)
  await writeCalls(new ShardedTables(accounts))
  const before = await Promise.all(accounts.map((account) => account.list('calls', ALL)))
  const changed = new ShardedTables(change(accounts))
  await expect(changed.get('calls', 'a', 'call')).rejects.toThrow(WrongAccounts)
  await expect(changed.write('calls', 'a', [put('call')])).rejects.toThrow(problem)
  await expect(changed.list('calls', ALL)).rejects.toThrow(problem)
  expect(await Promise.all(accounts.map((account) => account.list('calls', ALL)))).toEqual(before)
})

test('a service that had one account does not start with a second one', async () => {
  const [first, second] = newAccounts(2) as [MemoryTables, MemoryTables]
  await new ShardedTables([first]).write('bots', 'bot', [put('bot')])
  const changed = new ShardedTables([first, second])
  await expect(changed.get('bots', 'bot', 'bot')).rejects.toThrow('account 1 of 2 has rows from before')
  expect(await new ShardedTables([first]).get('bots', 'bot', 'bot')).toBeDefined()
})

test('accounts that a killed host has marked only in part are accepted', async () => {
  const accounts = newAccounts(3)
  for (const account of accounts) account.write = failOnce(account, 'write')
  for (const _ of accounts) {
    await expect(new ShardedTables(accounts).get('calls', 'a', 'call')).rejects.toThrow(StorageUnavailable)
  }
  await writeCalls(new ShardedTables(accounts))
})

test('an account that does not answer makes requests fail as unavailable until the list can be checked', async () => {
  const accounts = newAccounts(2)
  await writeCalls(new ShardedTables(accounts))
  const tables = new ShardedTables(accounts)
  for (const account of accounts) account.get = failOnce(account, 'get')
  await expect(tables.get('calls', 'a', 'call')).rejects.toThrow(StorageUnavailable)
  await expect(tables.get('calls', 'a', 'call')).rejects.toThrow(StorageUnavailable)
  expect(await tables.get('calls', 'a', 'call')).toBeUndefined()
})

/** Returns a method whose first call has no reply. */
function failOnce<Name extends 'get' | 'write'>(account: MemoryTables, name: Name): MemoryTables[Name] {
  const original = account[name].bind(account) as (...args: unknown[]) => unknown
  let isFailed = false
  return ((...args: unknown[]) => {
    if (isFailed) return original(...args)
    isFailed = true
    return Promise.reject(new StorageUnavailable('no answer'))
  }) as MemoryTables[Name]
}
