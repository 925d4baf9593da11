import { type Azurite, startAzurite } from '../../local-host/azurite.js'

const FIRST = 'devstoreaccount1'
const SECOND = 'devstoreaccount2'

/** An emulated storage with two accounts. */
export interface TwoAccounts {
  /** Their connection strings. */
  readonly accounts: readonly [string, string]
  stop(): Promise<void>
}

const KEY = Buffer.from('a key for tests').toString('base64')

/** Starts an Azurite that only the caller uses. */
export async function startTwoAccounts(): Promise<TwoAccounts> {
  const azurite = await startWithBoth()
  const first = azurite.connectionString().replace(/AccountKey=[^;]+/, `AccountKey=${KEY}`)
  return { accounts: [first, first.replaceAll(FIRST, SECOND)], stop: () => azurite.stop() }
}

/** Azurite reads its accounts from the environment. */
async function startWithBoth(): Promise<Azurite> {
  process.env.AZURITE_ACCOUNTS = `${FIRST}:${KEY};${SECOND}:${KEY}`
  try {
    return await startAzurite()
  } finally {
    delete process.env.AZURITE_ACCOUNTS
  }
}
