import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

/** The exit code after a bad argument. */
const EXIT_USAGE = 2
/** Nine digits at most, so that sums of seeds and counts are exact numbers. */
const WHOLE_NUMBER = /^[1-9]\d{0,8}$/

interface ScriptUsage<Options extends ParseArgsOptionsConfig> {
  /** What `--help` prints, and what follows the message about a bad argument. */
  readonly usage: string
  readonly options: Options
  /** How many arguments without a name are accepted; by default none. */
  readonly maxPositionals?: number
}

/**
 * Reads the arguments of a script, those behind `npm run NAME --`. `--help` prints the usage and ends the process; an
 * unknown or incomplete argument prints what is wrong and the usage, and ends it with exit code 2.
 */
export function readOptions<const Options extends ParseArgsOptionsConfig>({
  usage,
  options,
  maxPositionals = 0,
}: ScriptUsage<Options>) {
  if (process.argv.includes('--help')) {
    console.log(usage)
    process.exit()
  }
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: maxPositionals > 0 })
    if (positionals.length > maxPositionals) throw new Error(`Unexpected argument '${positionals[maxPositionals]}'.`)
    return { values, positionals }
  } catch (error) {
    return failUsage((error as Error).message, usage)
  }
}

/** Ends the process unless every value is a whole number from 1 to 999,999,999. */
export function requireWholeNumbers(values: Readonly<Record<string, string>>, usage: string): void {
  for (const [name, value] of Object.entries(values)) {
    if (!WHOLE_NUMBER.test(value)) {
      failUsage(`--${name} must be a whole number from 1 to 999,999,999, not '${value}'.`, usage)
    }
  }
}

/** Ends the process with what is wrong and the usage. */
export function failUsage(message: string, usage: string): never {
  console.error(`${message}\n${usage}`)
  process.exit(EXIT_USAGE)
}
