import { stripVTControlCharacters, styleText } from 'node:util'
import { CommandError } from './errors.js'
import { EXIT_USAGE, type ExitCode } from './exitCodes.js'

/** Where a command prints: a stream of the process, or what a test passes. */
export interface OutputStream {
  readonly isTTY?: boolean
  write(text: string): unknown
}

export interface OutputOptions {
  readonly isJson: boolean
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Colors a text; returns it unchanged where colors are off. */
type Color = 'red' | 'green' | 'yellow' | 'dim'

/**
 * What a command prints: results on standard output, as lines for people or with `--json` as one JSON object a line;
 * everything else on standard error.
 */
export interface Output {
  readonly isJson: boolean
  /** Prints a result. The text may have several lines. */
  print(result: object, text: string): void
  /** Tells people something about the run. Not printed with `--json`. */
  note(text: string): void
  /** Replaces the last line of a terminal with what a long step does; an empty text removes it. */
  progress(text: string): void
  /** Prints an error with its advice, and returns the exit code. */
  error(error: unknown): ExitCode
  color(color: Color, text: string): string
}

/** Moves to the start of the line, and clears it. */
const CLEAR_LINE = '\r\u001b[K'

export function createOutput({ isJson, stdout, stderr, env }: OutputOptions): Output {
  const hasColors = stdout.isTTY === true && !env.NO_COLOR && !isJson
  const hasProgress = stderr.isTTY === true && !isJson
  let isProgressShown = false

  function progress(text: string): void {
    if (!hasProgress || (text === '' && !isProgressShown)) return
    stderr.write(`${CLEAR_LINE}${text}`)
    isProgressShown = text !== ''
  }

  function writeLine(stream: OutputStream, line: string): void {
    progress('')
    stream.write(`${line}\n`)
  }

  return {
    isJson,
    print: (result, text) => writeLine(stdout, isJson ? JSON.stringify(result) : text),
    note: (text) => {
      if (!isJson) writeLine(stderr, text)
    },
    progress,
    error: (error) => {
      const { exitCode, message, advice } = describeError(error)
      const lines = [`error: ${message}`, ...(advice === undefined ? [] : [advice])]
      writeLine(stderr, isJson ? JSON.stringify({ error: { message, advice, exitCode } }) : lines.join('\n'))
      return exitCode
    },
    color: (color, text) => (hasColors ? styleText(color, text, { validateStream: false }) : text),
  }
}

interface DescribedError {
  readonly message: string
  readonly advice?: string | undefined
  readonly exitCode: ExitCode
}

function describeError(error: unknown): DescribedError {
  if (!(error instanceof CommandError)) {
    // A mistake of the program: its stack says where.
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { message, exitCode: EXIT_USAGE }
  }
  const { message, advice, exitCode } = error
  return { message: cleanText(message), advice, exitCode }
}

/** Messages of the service repeat what requests contain, which must not control the terminal. */
const cleanText = (text: string): string => stripVTControlCharacters(text).replace(/[^\P{Cc}\n]/gu, ' ')
