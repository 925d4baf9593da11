/** The log levels of Azure Functions, from least to most severe. */
export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none'

/** Where the host sends its own lines and those of the functions; `source` is a function's name or `host`. */
export type Log = (level: LogLevel, source: string, text: string) => void

/** Prints one line per entry from level information up, errors to stderr. */
export const printLog: Log = (level, source, text) => {
  if (level === 'trace' || level === 'debug' || level === 'none') return
  const stream = level === 'error' || level === 'critical' ? process.stderr : process.stdout
  stream.write(`${timeOfDay(new Date())} ${source}: ${text.trim().replace(/\s*\n\s*/g, ' | ')}\n`)
}

function timeOfDay(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const milliseconds = String(date.getMilliseconds()).padStart(3, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${milliseconds}`
}

/** The stack of an error, or the text of whatever else was thrown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
