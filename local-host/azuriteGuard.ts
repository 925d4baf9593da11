/**
 * Preloaded into every Azurite that the project starts (see azurite.ts). It ends Azurite with its parent and keeps a
 * second Azurite away from the same data. It imports nothing of the project, so that Node can load it on its own.
 */
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How long to wait for an Azurite that is still writing its data after its parent's end. */
const LOCK_TIMEOUT = 5_000
/** How long Azurite may write its data; without a limit it would stay for ever when that fails. */
const END_TIMEOUT = 10_000

// The channel closes when the parent asks for the end, and when it dies, however it dies. Azurite writes its data and
// ends on SIGTERM; while it is still starting it does not listen for it, and there is nothing to write.
process.once('disconnect', () => {
  setTimeout(() => process.exit(1), END_TIMEOUT).unref()
  if (!process.emit('SIGTERM')) process.exit()
})
// After the parent's death Azurite's last words have no reader, which must not keep it from writing its data.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

const directory = process.env.AZURITE_GUARD_DIRECTORY
if (directory) await lock(directory)

/** Holds a local socket named after the directory as long as this process lives: the system itself releases it. */
async function lock(path: string): Promise<void> {
  const name = `azurite-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`
  const socket = process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`)
  const deadline = Date.now() + LOCK_TIMEOUT
  while (!(await listen(socket))) {
    if (!(await answers(socket))) rmSync(socket, { force: true })
    else if (Date.now() > deadline) {
      process.stderr.write(`Another Azurite is already running on ${path}\n`)
      process.exit(1)
    } else await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function listen(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer((connection) => connection.destroy()).unref()
    server.once('error', () => resolve(false)).listen(socket, () => resolve(true))
  })
}

/** Without an answer the socket file is a leftover of a killed process. */
function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket, () => {
      connection.destroy()
      resolve(true)
    }).once('error', () => resolve(false))
  })
}
