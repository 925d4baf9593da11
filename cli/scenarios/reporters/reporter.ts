import type { Failure, PassedStep } from '../runScenario.js'
import type { Problem, Source } from '../source.js'

/** A scenario that is run. */
export interface ScenarioRun {
  readonly source: Source
  readonly name: string
  readonly seed: number
}

/** The result of a scenario; it has passed when it has no failures. */
export interface ScenarioResult extends ScenarioRun {
  readonly failures: readonly Failure[]
  readonly durationMs: number
}

/** Prints what happens while scenarios are run. */
export interface Reporter {
  /** A file that is not valid: no scenario is run. */
  fileRefused(source: Source, problems: readonly Problem[]): void
  scenarioStarted(run: ScenarioRun): void
  stepPassed(run: ScenarioRun, step: PassedStep): void
  scenarioEnded(result: ScenarioResult): void
  /** After all scenarios, or after files that are not valid. */
  ended(): void
}

/** Prints a line, or several. */
export type Print = (text: string) => void

/** The command that runs a scenario again with the same random numbers. */
export const commandToRepeat = ({ source, seed }: ScenarioRun): string =>
  `ringback run ${/^[\w./-]+$/.test(source.file) ? source.file : `'${source.file}'`} --seed ${seed}`

/** A failure as plain text, without its place: the message, the closest event, the call, and how to run it again. */
export const renderFailureText = (result: ScenarioRun, { message, closest, ladder }: Failure): string =>
  [
    message,
    ...(closest === undefined ? [] : [`closest: ${closest}`]),
    ...(ladder === undefined ? [] : [ladder.trimEnd()]),
    `again: ${commandToRepeat(result)}`,
  ].join('\n')
