import type { Terminal } from './context.js'
import { runProgram } from './program.js'

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
process.exitCode = await runProgram(process.argv.slice(2), terminal)
