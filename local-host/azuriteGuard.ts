/**
 * Preloaded into every Azurite that the project starts (see azurite.ts). It stops Azurite with its parent, prevents a
 * second Azurite on the same data, shortens its start, and keeps connections to it open. It imports nothing from the
 * project, so that Node.js can load it on its own.
 */
import { createHash } from 'node:crypto'
import diagnostics from 'node:diagnostics_channel'
import { rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { registerHooks } from 'node:module'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How long to wait for an Azurite that still writes its data after its parent has exited. */
const LOCK_TIMEOUT_MS = 5_000
const LOCK_RETRY_INTERVAL_MS = 50
/** How long Azurite may take to write its data; without a limit it would never exit when that fails. */
const STOP_TIMEOUT_MS = 10_000

// The channel closes when the parent asks Azurite to stop and when the parent exits, even by SIGKILL. On SIGTERM,
// Azurite writes its data and exits; until it has started, it has no listener for SIGTERM and no data to write.
process.once('disconnect', () => {
  setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
  if (!process.emit('SIGTERM')) process.exit()
})
// After the parent has exited, output fails with EPIPE. That must not prevent Azurite from writing its data.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

// Azurite loads its telemetry library even when telemetry is off, as it is here; that takes two thirds of its start.
registerHooks({
  load: (url, context, nextLoad) =>
    url.includes('/node_modules/applicationinsights/')
      ? { format: 'commonjs', source: '', shortCircuit: true }
      : nextLoad(url, context),
})

// Azurite closes a connection that was idle for five seconds. On a busy machine it does so while a request is on its
// way, and the service, which does not repeat a write, would have to refuse a command.
diagnostics.subscribe('http.server.request.start', (message) => {
  const { server } = message as { server: Server }
  server.keepAliveTimeout = 0
})

const directory = process.env.AZURITE_GUARD_DIRECTORY
if (directory) await lockDirectory(directory)

/** Listens on a local socket named after the directory while this process runs; the system releases it by itself. */
async function lockDirectory(path: string): Promise<void> {
  const socket = socketOf(path)
  const isFile = socket.startsWith('/')
  const deadline = Date.now() + LOCK_TIMEOUT_MS
  for (let error = await listenOn(socket); error; error = await listenOn(socket)) {
    if (error.code !== 'EADDRINUSE') {
      const advice = isFile ? ' Set TMPDIR.' : ''
      fail(`Cannot lock ${path} with the socket ${JSON.stringify(socket)}: ${error.message}.${advice}`)
    }
    // azurite.ts looks for this text.
    if (Date.now() > deadline) fail(`Another Azurite is already running on ${path}`)
    if (isFile && !(await isListening(socket))) rmSync(socket, { force: true })
    await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_INTERVAL_MS))
  }
}

/** Linux and Windows have sockets without a file, which need no directory and leave nothing behind. */
function socketOf(path: string): string {
  const name = `azurite-${createHash('sha256').update(path).digest('hex').slice(0, 16)}`
  switch (process.platform) {
    case 'win32':
      return `\\\\.\\pipe\\${name}`
    case 'linux':
      return `\0${name}`
    default:
      return join(tmpdir(), `${name}.sock`)
  }
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

/** Returns undefined while listening, else the error. */
function listenOn(socket: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer((connection) => connection.destroy()).unref()
    server.once('error', resolve).listen(socket, () => resolve(undefined))
  })
}

/** A socket file on which no process listens was left by a killed process. */
function isListening(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket, () => {
      connection.destroy()
      resolve(true)
    }).once('error', () => resolve(false))
  })
}
