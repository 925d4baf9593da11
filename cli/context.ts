import type { Command } from 'commander'
import { type Client, createClient, DEFAULT_URL } from './client.js'
import type { ExitCode } from './exitCodes.js'
import { createOutput, type Output, type OutputStream } from './output.js'

/** Starts a service for one command, where bots look for it: at the default URL. */
type StartService = () => Promise<{ readonly url: string; stop(): Promise<void> }>

/** What the process gives to the program. */
export interface Terminal {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** From its first call on, Ctrl-C aborts the signal instead of ending the process; a second Ctrl-C ends it. */
  readonly interruptSignal: () => AbortSignal
  readonly startService?: StartService
}

/** What a command works with. */
export interface Context {
  readonly output: Output
  /** Sends nothing before the first request of the command. */
  readonly client: Client
  readonly interruptSignal: () => AbortSignal
  /** Present when no service is named, so that a command may start one. */
  readonly startService?: StartService | undefined
}

/** Adds a command to the program. */
export type DeclareCommand = (program: Command, run: RunCommand) => void

/** Makes the action of a command from a function that takes a context before the arguments and the options. */
export type RunCommand = <A extends unknown[]>(
  handle: (context: Context, ...argumentsAndOptions: A) => Promise<ExitCode>,
) => (...all: [...A, Command]) => Promise<void>

/** The options of all commands. */
interface GlobalOptions {
  readonly url?: string
  readonly json?: boolean
}

export function createContext(command: Command, terminal: Terminal): Context {
  const { stdout, stderr, env, interruptSignal, startService } = terminal
  const { url = env.RINGBACK_URL, json = false } = command.optsWithGlobals<GlobalOptions>()
  return {
    output: createOutput({ isJson: json, stdout, stderr, env }),
    client: createClient({ url: url || DEFAULT_URL, token: env.RINGBACK_TOKEN || undefined }),
    interruptSignal,
    startService: url ? undefined : startService,
  }
}
