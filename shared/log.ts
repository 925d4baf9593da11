/** Where a line of the log goes: an invocation's context.log. */
export type Log = (line: string) => void

/** One wide line: what happened, and everything that belongs to it as `name=value`; what is undefined is left out. */
export function logLine(event: string, fields: Record<string, string | number | undefined>): string {
  const parts = Object.entries(fields).filter(([, value]) => value !== undefined)
  return [
    event,
    ...parts.map(([name, value]) => `${name}=${/\s/.test(String(value)) ? JSON.stringify(value) : value}`),
  ].join(' ')
}
