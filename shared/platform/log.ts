/** Where a log line goes: the context.log of an invocation, or its context.warn or context.debug. */
export type Log = (line: string, level?: 'warning' | 'debug') => void

/** Formats a log line: the event, then its fields as `name=value`. Undefined fields are left out. */
export function logLine(event: string, fields: Record<string, string | number | undefined>): string {
  const parts = Object.entries(fields).filter(([, value]) => value !== undefined)
  return [
    event,
    ...parts.map(([name, value]) => `${name}=${/\s/.test(String(value)) ? JSON.stringify(value) : value}`),
  ].join(' ')
}

/** The message of an error, or the text of any other thrown value. */
export const describeError = (error: unknown): string => (error instanceof Error ? error.message : String(error))
