import type { CallCounts } from './capacityModel.ts'

/** A comment on a line of its own, for each table. */
const SECTION = /(<!-- capacity:(\w+) -->\n)[\s\S]*?(<!-- end -->)/g

/** Reads the counts of one call, which a test compares with the code. */
export function readCounts(page: string): CallCounts {
  return {
    tableRequests: readNumber(page, /(\d+) requests to tables/),
    messages: readNumber(page, /(\d+) messages, \d+ notifications/),
    wakeUps: readNumber(page, /(\d+) messages in `notifications`/),
    sweepEntries: readNumber(page, /(\d+) due watchdog entries/),
    sweepRequests: readNumber(page, /(\d+) requests of the sweep/),
    storedKiB: readNumber(page, /(\d+) KiB of rows/),
  }
}

function readNumber(text: string, pattern: RegExp): number {
  const [, value] = pattern.exec(text) ?? []
  if (value === undefined) throw new Error(`expected a text with ${pattern}`)
  return Number(value)
}

/** Puts each table between its markers. */
export function fillPage(page: string, tables: Readonly<Record<string, string>>): string {
  return page.replaceAll(SECTION, (_, begin: string, name: string, end: string) => {
    const table = tables[name]
    if (table === undefined) throw new Error(`there is no table ${name}`)
    return `${begin}\n${table}\n\n${end}`
  })
}
