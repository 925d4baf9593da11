import { createHash } from 'node:crypto'
import { assertSameAccounts } from './accountCheck.js'
import type { Blobs } from './blobs.js'
import { compareKeys, type Row, type RowRange, type RowWrite, type TableName, type Tables } from './tables.js'

/**
 * Returns the index of the account that holds a key, such as the id of a call. It must never change, because what is
 * stored is found by it.
 */
export function accountOf(key: string, accounts: number): number {
  if (accounts === 1) return 0
  return createHash('sha256').update(key).digest().readUInt32BE() % accounts
}

/**
 * A partition is in one account, so a transaction stays possible. The partitions of `watchdog` are times, and their
 * rows are calls and meetings: each entry is in the account of its call or meeting, so that all accounts share the load
 * of every time.
 */
const isSpread = (table: TableName): boolean => table === 'watchdog'

/** Tables that are distributed to several accounts. The first request checks that these accounts hold the rows. */
export class ShardedTables implements Tables {
  readonly #accounts: readonly Tables[]
  #check: Promise<void> | undefined

  /** @param accounts in an order that never changes */
  constructor(accounts: readonly Tables[]) {
    this.#accounts = accounts
  }

  async get<T>(table: TableName, partitionKey: string, rowKey: string): Promise<Row<T> | undefined> {
    await this.#checkAccounts()
    const account = selectAccount(this.#accounts, isSpread(table) ? rowKey : partitionKey)
    return account.get<T>(table, partitionKey, rowKey)
  }

  async write(table: TableName, partitionKey: string, writes: readonly RowWrite[]): Promise<string[]> {
    await this.#checkAccounts()
    const keys = isSpread(table) ? writes.map(({ rowKey }) => rowKey) : [partitionKey]
    const [account, ...others] = new Set(keys.map((key) => selectAccount(this.#accounts, key)))
    if (!account || others.length > 0) throw new Error('expected a transaction in one account')
    return account.write(table, partitionKey, writes)
  }

  async list<T>(table: TableName, range: RowRange): Promise<Row<T>[]> {
    await this.#checkAccounts()
    if (range.from === range.to && !isSpread(table))
      return selectAccount(this.#accounts, range.to).list<T>(table, range)
    const pages = await Promise.all(this.#accounts.map((account) => account.list<T>(table, range)))
    return pages.flat().sort(compareKeys).slice(0, range.limit)
  }

  /** Checks once; after a failure, the next request checks again. */
  #checkAccounts(): Promise<void> {
    this.#check ??= assertSameAccounts(this.#accounts).catch((error: unknown) => {
      this.#check = undefined
      throw error
    })
    return this.#check
  }
}

/** Blobs that are distributed to several accounts, by the part of their name before the slash: the id of a call. */
export class ShardedBlobs implements Blobs {
  readonly #accounts: readonly Blobs[]

  /** @param accounts in an order that never changes */
  constructor(accounts: readonly Blobs[]) {
    this.#accounts = accounts
  }

  put(name: string, content: Uint8Array): Promise<void> {
    return this.#select(name).put(name, content)
  }

  get(name: string): Promise<Uint8Array | undefined> {
    return this.#select(name).get(name)
  }

  async deleteAll(prefix: string): Promise<void> {
    // Without a slash, the prefix may be the start of several ids.
    const accounts = prefix.includes('/') ? [this.#select(prefix)] : this.#accounts
    for (const account of accounts) await account.deleteAll(prefix)
  }

  #select(name: string): Blobs {
    return selectAccount(this.#accounts, name.split('/')[0] ?? '')
  }
}

function selectAccount<T>(accounts: readonly T[], key: string): T {
  return accounts[accountOf(key, accounts.length)] as T
}
