/** The log levels of Azure Functions, from least to most severe. */
export type LogLevel = 'trace' | 'debug' | 'information' | 'warning' | 'error' | 'critical' | 'none'

/** Receives the log lines of the host and of the functions; `source` is the name of a function or `host`. */
export type Log = (level: LogLevel, source: string, text: string) => void

/** Prints entries of level information and above, one line each. Warnings are marked as such; errors go to stderr. */
export const printLog: Log = (level, source, text) => {
  if (level === 'trace' || level === 'debug' || level === 'none') return
  const stream = level === 'error' || level === 'critical' ? process.stderr : process.stdout
  const mark = level === 'warning' ? 'WARNING ' : ''
  stream.write(`${formatTime(new Date())} ${source}: ${mark}${text.trim().replace(/\s*\n\s*/g, ' | ')}\n`)
}

/** The local time as hh:mm:ss.mmm. */
function formatTime(date: Date): string {
  const pad = (value: number, length: number) => String(value).padStart(length, '0')
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map((value) => pad(value, 2)).join(':')
  return `${time}.${pad(date.getMilliseconds(), 3)}`
}

/** The stack of an error, or the text of any other thrown value. */
export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
