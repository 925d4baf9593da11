import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { inject, onTestFinished } from 'vitest'

/** A command of the built command line as a process. */
export interface CliProcess {
  readonly child: ChildProcess
  /** What it has printed so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** Waits for its end, and returns its exit code. */
  readonly exit: Promise<number | null>
}

/** Starts `ringback` with these arguments, at the shared service; the process ends with the test. */
export function startCli(args: readonly string[], env: Readonly<Record<string, string>> = {}): CliProcess {
  const child = spawn(process.execPath, ['dist/cli/main.js', ...args], {
    env: { ...process.env, RINGBACK_URL: inject('baseUrl'), RINGBACK_TOKEN: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const printed = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text))
  return {
    child,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    exit: once(child, 'close').then(([code]) => code as number | null),
  }
}

/** Runs a script of the repository to its end. Throws when it fails. */
export const runNode = (args: readonly string[]) => promisify(execFile)(process.execPath, [...args])

/** Runs `ringback` to its end. */
export async function runCli(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const cli = startCli(args, env)
  const exitCode = await cli.exit
  return { exitCode, stdout: cli.stdout(), stderr: cli.stderr() }
}

/** Parses what a command has printed with `--json`. */
// biome-ignore lint/suspicious/noExplicitAny: tests read objects of every shape
export const readJsonLines = (text: string): any[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
