// The accounts of the shared Azurite: the account of the shared service, and those that tests take for themselves.

const SHARED_ACCOUNT = 'devstoreaccount1'
/** More than the tests of a run take. */
export const ACCOUNTS = 200
/** The key of all accounts that tests take: any text in base64. */
const KEY = Buffer.from('the key of every account').toString('base64')
/** The well-known key of the emulator, with which local-host/azurite.ts connects. */
const SHARED_KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

const nameOf = (number: number): string => `account${number}`

/** The setting that gives Azurite these accounts. */
export const AZURITE_ACCOUNTS = Array.from({ length: ACCOUNTS }, (_, index) => `${nameOf(index + 1)}:${KEY}`)
  .concat(`${SHARED_ACCOUNT}:${SHARED_KEY}`)
  .join(';')

/** Changes a connection string of the shared account into that of another one. */
export const withAccount = (connectionString: string, number: number): string =>
  connectionString.replaceAll(SHARED_ACCOUNT, nameOf(number)).replace(SHARED_KEY, KEY)
