// The exit codes of the command line, which docs/cli.md documents.

export const EXIT_OK = 0
/** An expectation was not met: a check of the doctor, or a scenario. */
export const EXIT_EXPECTATION_FAILED = 1
/** The command, an id or a file is wrong, or the service refused the request. */
export const EXIT_USAGE = 2
/** The service cannot be reached, or it failed. */
export const EXIT_UNREACHABLE = 3

export type ExitCode = typeof EXIT_OK | typeof EXIT_EXPECTATION_FAILED | typeof EXIT_USAGE | typeof EXIT_UNREACHABLE
