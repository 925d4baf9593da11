import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { DEFAULT_URL } from './client.js'
import { declareTail } from './commands/tail.js'
import { createContext, type DeclareCommand, type RunCommand, type Terminal } from './context.js'
import { UsageError } from './errors.js'
import { EXIT_OK, EXIT_USAGE, type ExitCode } from './exitCodes.js'
import { createOutput } from './output.js'
import { declareRun } from './scenarios/command.js'

/** The commands in the order of the help. */
const COMMANDS: readonly DeclareCommand[] = [declareTail, declareRun]

/** Runs the command line with its arguments, without the names of Node.js and of the program. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_OK
  const run: RunCommand =
    (handle) =>
    async (...all) => {
      const command = all.pop() as Command
      exitCode = await handle(createContext(command, terminal), ...(all as never))
    }
  try {
    await createProgram(terminal, run).parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === EXIT_OK) return EXIT_OK
    // Without a command the help is the error.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT_USAGE
    return createOutput({ ...terminal, isJson: args.includes('--json') }).error(toUsageError(error))
  }
}

function createProgram({ stdout, stderr }: Terminal, run: RunCommand): Command {
  const program = new Command('ringback')
    .description("Runs and drives Ringback, Microsoft Graph's calling API on your machine.")
    .version(readVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print the help of the program or of a command')
    .helpCommand(false)
    .option('--url <url>', `the service (RINGBACK_URL, or ${DEFAULT_URL})`)
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', HELP_END)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      // `runProgram` prints errors, as JSON with --json.
      outputError: () => undefined,
    })
    .exitOverride()
  for (const declare of COMMANDS) declare(program, run)
  return program
}

const HELP_END = `
Exit codes: 0 ok, 1 expectation failed, 2 usage or file, 3 unreachable
RINGBACK_TOKEN is the access token for a service that is not local.`

function toUsageError(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error
  const [message = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n')
  return new UsageError(message, suggestion.join('\n') || 'See ringback --help.')
}

/** The version in the nearest package.json: of the repository, or of the package into which this file is bundled. */
function readVersion(directory = import.meta.dirname): string {
  const file = join(directory, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : readVersion(dirname(directory))
}
