import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { withAccount } from './accounts.js'
import { DEPLOYED_POLLING, type RunningService, startServiceOn } from './serviceProcess.js'

/**
 * Starts a service with settings of its own, in an account of its own of the shared Azurite. That costs half of an
 * Azurite for each service (see startService).
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

/** Returns the connection string of an account that no other test of the run uses. It is empty. */
export function takeAccount(): string {
  for (let number = 1; ; number++) if (tryTake(number)) return withAccount(inject('storage'), number)
}

/** A directory is created only once, whichever of the test processes is first. */
function tryTake(number: number): boolean {
  try {
    mkdirSync(join(inject('takenAccounts'), String(number)))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
