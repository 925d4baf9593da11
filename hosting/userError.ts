/** An error that the user can fix. Its message names what is wrong and what to do; it is printed without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError'
}

/** Includes the app's `ConfigError`, which is recognized by its name because the host imports no code of the app. */
export function isUserError(error: unknown): error is Error {
  return error instanceof UserError || (error instanceof Error && error.name === 'ConfigError')
}

/** For `catch`: turns a file system error into a UserError that begins with `problem`; rethrows any other error. */
export function explainFileError(problem: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error.syscall === undefined) throw error
    throw new UserError(`${problem} (${error.message})`, { cause: error })
  }
}
