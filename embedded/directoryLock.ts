import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../local-host/userError.js'

const LOCK = 'ringback.pid'

/**
 * Reserves a directory for this process. Returns a function that releases it; a process that was killed need not.
 *
 * @throws UserError when another process uses it
 */
export function lockDirectory(directory: string): () => void {
  const file = join(directory, LOCK)
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const pid = Number(readFileSync(file, 'utf8'))
    if (pid !== process.pid && isRunning(pid)) {
      throw new UserError(
        `${directory} is in use by another Ringback (process ${pid}). Stop it, or name another directory.`,
      )
    }
    writeFileSync(file, String(process.pid))
  }
  return () => rmSync(file, { force: true })
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: the process is that of another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
