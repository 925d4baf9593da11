import { EXIT_UNREACHABLE, EXIT_USAGE, type ExitCode } from './exitCodes.js'

const FIRST_SERVER_ERROR = 500

/** An error that ends the program with its message, without a stack trace. */
export class CommandError extends Error {
  readonly exitCode: ExitCode
  /** What to do about it, in a sentence. */
  readonly advice: string | undefined

  constructor(message: string, { exitCode, advice }: { exitCode: ExitCode; advice?: string | undefined }) {
    super(message)
    this.name = new.target.name
    this.exitCode = exitCode
    this.advice = advice
  }
}

/** The command, an id or a file is wrong. */
export class UsageError extends CommandError {
  constructor(message: string, advice?: string) {
    super(message, { exitCode: EXIT_USAGE, advice })
  }
}

/** The service does not answer, or something else does. */
export class Unreachable extends CommandError {
  constructor(message: string, advice?: string) {
    super(message, { exitCode: EXIT_UNREACHABLE, advice })
  }
}

/** The service refused a request, or failed. The message is that of Graph's error body. */
export class ApiError extends CommandError {
  readonly status: number

  constructor(status: number, message: string, advice?: string) {
    super(message, { exitCode: status >= FIRST_SERVER_ERROR ? EXIT_UNREACHABLE : EXIT_USAGE, advice })
    this.status = status
  }
}
