import { createRequire } from 'node:module'
import { join } from 'node:path'
import { UserError } from '../hosting/userError.js'

const LOCK = 'ringback.lock'
/** https://sqlite.org/rescode.html#busy */
const SQLITE_BUSY = 5

/**
 * Reserves a directory for this process until the returned function is called or the process ends.
 *
 * A write transaction of SQLite on an empty file is the lock, because Node.js itself has no file locks. The operating
 * system holds it for the process. So a killed process leaves nothing that another one must take over, and the lock
 * also works between containers, in which process ids repeat. The file is never deleted: a process that still has the
 * deleted file open and one that creates the file again would both have the lock.
 *
 * @throws UserError when another service uses it
 */
export function lockDirectory(directory: string): () => void {
  const { DatabaseSync } = loadSqlite()
  const database = new DatabaseSync(join(directory, LOCK))
  try {
    // Without the pragma SQLite writes a journal file beside it.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE')
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error
    throw new UserError(`${directory} is in use by another Ringback. Stop it, or name another directory.`)
  }
  return () => {
    if (database.isOpen) database.close()
  }
}

/** Node.js 22 warns that SQLite is experimental, which a user can do nothing about. */
function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return createRequire(import.meta.url)('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}
