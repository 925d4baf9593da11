/** The start of the command line. Its imports must also load in an old Node.js, so that it can name what it needs. */
import Module from 'node:module'
import { assertNodeVersion } from '../hosting/nodeVersion.js'
import type { Terminal } from './context.js'
import { EXIT_USAGE } from './exitCodes.js'

const terminal: Terminal = {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  interruptSignal: () => {
    const controller = new AbortController()
    process.once('SIGINT', () => controller.abort())
    return controller.signal
  },
  startService: async () => {
    // Loaded only here, because most of the program is the service.
    const { startForRun } = await import('./start/startForRun.js')
    return startForRun()
  },
}

// The reader of a pipe, such as `head`, may end first.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

async function main(): Promise<number> {
  try {
    assertNodeVersion('Install a newer one, from https://nodejs.org.')
  } catch (error) {
    console.error(`error: ${(error as Error).message}`)
    return EXIT_USAGE
  }
  // Later starts read the compiled code from the directory for temporary files.
  Module.enableCompileCache()
  const { runProgram } = await import('./program.js')
  return runProgram(process.argv.slice(2), terminal)
}

process.exitCode = await main()
