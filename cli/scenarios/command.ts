import { randomInt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { InvalidArgumentError, Option } from 'commander'
import { createClient } from '../client.js'
import type { Context, DeclareCommand } from '../context.js'
import { UsageError } from '../errors.js'
import { EXIT_EXPECTATION_FAILED, EXIT_OK, EXIT_USAGE, type ExitCode } from '../exitCodes.js'
import type { Output } from '../output.js'
import { type ReadScenario, readScenario } from './readScenario.js'
import { createGithubReporter } from './reporters/github.js'
import { createJsonReporter } from './reporters/json.js'
import { createJunitReporter } from './reporters/junit.js'
import { createPrettyReporter } from './reporters/pretty.js'
import type { Reporter } from './reporters/reporter.js'
import { type RunOptions, runScenario } from './runScenario.js'

const REPORTERS = ['pretty', 'json', 'junit', 'github'] as const
/** The seeds from which the generator of the faults makes different random numbers. */
const MAX_SEED = 2 ** 32 - 1

interface RunCommandOptions {
  readonly seed?: number
  readonly reporter?: (typeof REPORTERS)[number]
}

/** `ringback run`: plays scenario files with a bot. */
export const declareRun: DeclareCommand = (program, run) => {
  program
    .command('run')
    .description('play scenario files with a bot')
    .argument('<file...>', 'scenario files (YAML)')
    .option('--seed <number>', 'the seed of the random numbers of faults', readSeed)
    .addOption(new Option('--reporter <name>', 'how to print the results (default: pretty)').choices(REPORTERS))
    .addHelpText('after', '\nExample:\n  ringback run examples/scenarios/menu.yaml --seed 7')
    .action(run(runFiles))
}

function readSeed(text: string): number {
  const seed = Number(text)
  if (/^\d+$/.test(text) && seed <= MAX_SEED) return seed
  throw new InvalidArgumentError(`It must be a whole number from 0 to ${MAX_SEED}.`)
}

async function runFiles(context: Context, files: readonly string[], options: RunCommandOptions): Promise<ExitCode> {
  const { output, interruptSignal } = context
  const reporter = createReporter(output, options.reporter)
  const scenarios = await readFiles(files, reporter)
  if (!scenarios) return EXIT_USAGE
  const signal = interruptSignal()
  const service = await context.startService?.()
  try {
    const client = service ? createClient({ url: service.url }) : context.client
    const hasPassed = await runAll(scenarios, reporter, { client, signal, seed: options.seed })
    return hasPassed ? EXIT_OK : EXIT_EXPECTATION_FAILED
  } catch (error) {
    if (!signal.aborted) throw error
    output.note('Interrupted.')
    return EXIT_EXPECTATION_FAILED
  } finally {
    await service?.stop()
  }
}

function createReporter(output: Output, name?: RunCommandOptions['reporter']): Reporter {
  if (output.isJson && name !== undefined && name !== 'json') {
    throw new UsageError(`--json and --reporter ${name} exclude each other.`)
  }
  const print = (text: string) => output.print({}, text)
  switch (output.isJson ? 'json' : name) {
    case 'json':
      return createJsonReporter((event) => output.print(event, JSON.stringify(event)))
    case 'junit':
      return createJunitReporter(print)
    case 'github':
      return createGithubReporter(print)
    default:
      return createPrettyReporter(print, output.color)
  }
}

/** Reads all files first: when one of them is not valid, none is run. */
async function readFiles(files: readonly string[], reporter: Reporter): Promise<readonly ReadScenario[] | undefined> {
  const read = await Promise.all(files.map(async (file) => readScenario(file, await readText(file), process.env)))
  const scenarios = read.filter((result) => 'scenario' in result)
  if (scenarios.length === read.length) return scenarios
  for (const result of read) {
    if ('problems' in result) reporter.fileRefused(result.source, result.problems)
  }
  reporter.ended()
  return undefined
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(`${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : message}.`)
  }
}

/** Runs the scenarios one after the other, and returns whether all have passed. */
async function runAll(
  scenarios: readonly ReadScenario[],
  reporter: Reporter,
  { client, signal, seed: givenSeed }: Pick<RunOptions, 'client' | 'signal'> & { readonly seed: number | undefined },
): Promise<boolean> {
  let hasPassed = true
  for (const read of scenarios) {
    const { source, scenario } = read
    const seed = givenSeed ?? scenario.seed ?? randomInt(MAX_SEED)
    const run = { source, name: scenario.name, seed }
    const startedAt = performance.now()
    reporter.scenarioStarted(run)
    const onStep: RunOptions['onStep'] = (step) => reporter.stepPassed(run, step)
    const failures = await runScenario(read, { client, signal, seed, onStep })
    reporter.scenarioEnded({ ...run, failures, durationMs: Math.round(performance.now() - startedAt) })
    hasPassed &&= failures.length === 0
  }
  reporter.ended()
  return hasPassed
}
