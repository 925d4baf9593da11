import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { ACCOUNTS, withAccount } from './accounts.js'
import { DEPLOYED_POLLING, type RunningService, startServiceOn } from './serviceProcess.js'

/**
 * Starts a service with settings of its own. Its storage is an account of the shared Azurite that only this service
 * uses, which takes less CPU time than the Azurite of its own that startService starts.
 *
 * @param rewriteConnectionString lets a proxy of the test stand between the service and its storage
 * @param args the arguments behind `npm start --`
 */
export function startOwnService(
  settings: Record<string, string> = {},
  rewriteConnectionString: (storage: string) => string = (storage) => storage,
  args: readonly string[] = [],
): Promise<RunningService> {
  const storage = takeAccount()
  const CALLS_STORAGE = rewriteConnectionString(storage)
  return startServiceOn(storage, { ...DEPLOYED_POLLING, CALLS_STORAGE, ...settings }, args)
}

/** Returns the connection string of an empty account of the shared Azurite, which no other test of the run uses. */
export function takeAccount(): string {
  for (let number = 1; number <= ACCOUNTS; number++) {
    if (tryTake(number)) return withAccount(inject('storage'), number)
  }
  throw new Error(`all ${ACCOUNTS} accounts are taken; accounts.ts defines their number`)
}

/** Takes an account by creating a directory, which succeeds in only one of the test processes. */
function tryTake(number: number): boolean {
  try {
    mkdirSync(join(inject('takenAccounts'), String(number)))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
