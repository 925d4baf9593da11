import type { Terminal } from '../../cli/context.js'
import { runProgram } from '../../cli/program.js'

/** A terminal that records what a program prints. */
export interface TestTerminal extends Terminal {
  readonly printed: () => { readonly stdout: string; readonly stderr: string }
}

interface TerminalOptions {
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly isTTY?: boolean
  readonly signal?: AbortSignal
}

export function newTerminal({ env = {}, isTTY = false, signal }: TerminalOptions = {}): TestTerminal {
  const printed = { stdout: '', stderr: '' }
  const stream = (name: keyof typeof printed) => ({
    isTTY,
    write: (text: string) => {
      printed[name] += text
    },
  })
  return {
    env,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    interruptSignal: () => signal ?? new AbortController().signal,
    printed: () => ({ ...printed }),
  }
}

/** Runs the command line in this process, and returns its exit code with what it has printed. */
export async function runCommand(args: readonly string[], options: TerminalOptions = {}) {
  const terminal = newTerminal(options)
  const exitCode = await runProgram(args, terminal)
  return { exitCode, ...terminal.printed() }
}
