import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Argument, Command, CommanderError } from 'commander'
import { DEFAULT_URL } from './client.js'
import { declareCall } from './commands/call.js'
import { declareDoctor } from './commands/doctor.js'
import { declarePerson } from './commands/person.js'
import { declareReplay } from './commands/replay.js'
import { declareShow } from './commands/show.js'
import { declareStart } from './commands/start.js'
import { declareTail } from './commands/tail.js'
import { createContext, type DeclareCommand, type RunCommand, type Terminal } from './context.js'
import { UsageError } from './errors.js'
import { EXIT_OK, EXIT_USAGE, type ExitCode } from './exitCodes.js'
import { createOutput } from './output.js'
import { declareRun } from './scenarios/command.js'

/** The commands in the order of the help. */
const COMMANDS: readonly DeclareCommand[] = [
  declareStart,
  declareCall,
  declarePerson,
  declareRun,
  declareTail,
  declareShow,
  declareReplay,
  declareDoctor,
]

/** Runs the command line with its arguments, without the names of Node.js and of the program. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT_OK
  const run: RunCommand =
    (handle) =>
    async (...all) => {
      const command = all.pop() as Command
      exitCode = await handle(createContext(command, terminal), ...(all as never))
    }
  const program = createProgram(terminal, run)
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === EXIT_OK) return EXIT_OK
    // Without a command the help is the error.
    if (error instanceof CommanderError && error.code === 'commander.help') return EXIT_USAGE
    return createOutput({ ...terminal, isJson: args.includes('--json') }).error(
      toUsageError(error, helpFor(program, args)),
    )
  }
}

function createProgram({ stdout, stderr }: Terminal, run: RunCommand): Command {
  const program = new Command('ringback')
    .description("Drives Ringback, Microsoft Graph's calling API that anyone can run.")
    .version(readVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print this help, or that of a command')
    .helpCommand('help [command]', 'print the help of a command')
    .option('--url <url>', `the service (${DEFAULT_URL})`)
    .option('--json', 'print one JSON object a line')
    .addHelpText('after', HELP_END)
    .configureHelp({ showGlobalOptions: true, subcommandTerm: renderTerm })
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
Environment: RINGBACK_URL, RINGBACK_TOKEN (for a service that is not local)`

/** A command with its arguments. Its options are in its own help. */
const renderTerm = (command: Command): string =>
  [command.name(), ...command.registeredArguments.map((argument) => renderArgument(argument))].join(' ')

function renderArgument(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`
  return argument.required ? `<${name}>` : `[${name}]`
}

/** The help of the command that the arguments name, if they name one. */
function helpFor({ commands }: Command, args: readonly string[]): string {
  const command = commands.find((candidate) => args.includes(candidate.name()))
  return command ? `See ringback ${command.name()} --help.` : 'See ringback --help.'
}

function toUsageError(error: unknown, help: string): unknown {
  if (!(error instanceof CommanderError)) return error
  const [message = '', ...suggestion] = error.message.replace(/^error: /, '').split('\n')
  return new UsageError(message, suggestion.join('\n') || help)
}

/** The version in the nearest package.json: of the repository, or of the package into which this file is bundled. */
function readVersion(directory = import.meta.dirname): string {
  const file = join(directory, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : readVersion(dirname(directory))
}
