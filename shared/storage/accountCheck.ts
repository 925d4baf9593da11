import { StorageConflict, TABLES, type Tables } from './tables.js'

/** The place of an account in the list of accounts, as a row in each of several accounts. */
interface AccountMarker {
  /** Counted from 1. */
  readonly account: number
  readonly of: number
}

/** The table of the markers, which also say where calls are. */
const TABLE = 'callIndex'
const KEY = 'accounts'

/** The accounts are not those that hold the rows. */
export class WrongAccounts extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'WrongAccounts'
  }
}

/**
 * Checks that the list of accounts is the one with which the rows were stored, because the place of an account in the
 * list decides which rows it holds. A single account has no marker. Several accounts get theirs when they are empty.
 *
 * @throws WrongAccounts
 * @throws StorageUnavailable when an account does not answer: it is not known whether the list is right
 */
export async function assertSameAccounts(accounts: readonly Tables[]): Promise<void> {
  if (accounts.length > 1 && !(await isMarked(accounts))) await markAccounts(accounts)
  for (const [index, account] of accounts.entries()) {
    const found = await readMarker(account)
    const expected = accounts.length > 1 ? markerOf(index, accounts) : undefined
    if (found?.account === expected?.account && found?.of === expected?.of) continue
    throw new WrongAccounts(
      `The list of storage accounts has changed: account ${index + 1} of ${accounts.length} ` +
        `${found ? `was account ${found.account} of ${found.of}` : 'was not in it'}.`,
    )
  }
}

/** The first account is marked last: while it has no marker, no row was stored with several accounts. */
async function isMarked([first]: readonly Tables[]): Promise<boolean> {
  return first !== undefined && (await readMarker(first)) !== undefined
}

async function markAccounts(accounts: readonly Tables[]): Promise<void> {
  for (const [index, account] of accounts.entries()) {
    if (await isEmpty(account)) continue
    // Another host may have marked the accounts and stored a row since.
    if (await isMarked(accounts)) return
    throw new WrongAccounts(
      `The list of storage accounts has changed: account ${index + 1} of ${accounts.length} has rows from before.`,
    )
  }
  for (const [index, account] of [...accounts.entries()].toReversed()) {
    try {
      const marker = markerOf(index, accounts)
      await account.write(TABLE, KEY, [{ type: 'insert', rowKey: KEY, value: marker }])
    } catch (error) {
      // Another host marks the accounts too, or an earlier one stopped before the first account.
      if (!(error instanceof StorageConflict)) throw error
    }
  }
}

/** Returns whether an account has no rows besides a marker. */
async function isEmpty(account: Tables): Promise<boolean> {
  const rows = await Promise.all(TABLES.map((table) => account.list(table, { to: '~', limit: 2 })))
  return rows.flat().every(({ partitionKey, rowKey }) => partitionKey === KEY && rowKey === KEY)
}

const markerOf = (index: number, accounts: readonly Tables[]): AccountMarker => ({
  account: index + 1,
  of: accounts.length,
})

async function readMarker(account: Tables): Promise<AccountMarker | undefined> {
  return (await account.get<AccountMarker>(TABLE, KEY, KEY))?.value
}
