import { renderConsoleLine } from '../shared/inspection/consoleLine.js'
import { type Entry, isAcknowledged, isRefused, type ListedEntry } from '../shared/inspection/entries.js'
import type { Client } from './client.js'
import type { LogUpdate } from './events.js'
import type { Output } from './output.js'

/** How many requests may wait for their replies. */
const MAX_OPEN_REQUESTS = 1_000

type Update = Exclude<LogUpdate, { readonly type: 'entry' }>
type ListedRequest = Extract<ListedEntry, { readonly type: 'request' }>

/** Prints the event log: an entry as a line, or with `--json` as it is. */
export interface EventPrinter {
  printEntry(entry: ListedEntry): Promise<void>
  /** Tells people about what is not an entry. */
  noteUpdate(update: Update): void
}

/** The line of a reply needs its request, and that of an error also the message, which the list does not have. */
export function createEventPrinter(client: Client, output: Output): EventPrinter {
  const requests = new Map<number, ListedRequest>()

  const readEntry = (number: number): Promise<Entry | undefined> =>
    client.get<Entry>(`/inspector/events/${number}`).catch(() => undefined)

  function rememberRequest(request: ListedRequest): void {
    requests.set(request.number, request)
    const [oldest] = requests.keys()
    if (requests.size > MAX_OPEN_REQUESTS && oldest !== undefined) requests.delete(oldest)
  }

  async function takeRequest(number: number): Promise<ListedRequest | undefined> {
    const known = requests.get(number)
    requests.delete(number)
    const request = known ?? (await readEntry(number))
    return request?.type === 'request' ? request : undefined
  }

  return {
    printEntry: async (entry) => {
      if (entry.type === 'request') return rememberRequest(entry)
      const isReply = entry.type === 'reply'
      const request = isReply ? await takeRequest(entry.request) : undefined
      const whole = isReply && isFailed(entry) && !output.isJson ? await readEntry(entry.number) : undefined
      const line = renderConsoleLine(whole ?? entry, () => request)
      if (line === undefined) return
      const result = request ? { ...entry, method: request.method, path: request.path } : entry
      output.print(result, colorLine(entry, line, output))
    },
    noteUpdate: (update) => output.note(describeUpdate(update)),
  }
}

function describeUpdate(update: Update): string {
  switch (update.type) {
    case 'missed':
      return `(${update.count} older entries were dropped before they were read)`
    case 'disconnected':
      return `${update.reason} Waiting for it.`
    case 'restarted':
      return 'The service was restarted.'
  }
}

/** Colors the line of an entry: what failed is red, and what changed a call is dim. */
export function colorLine(entry: ListedEntry, line: string, { color }: Output): string {
  if (isFailed(entry)) return color('red', line)
  return entry.type === 'commit' ? color('dim', line) : line
}

/** Whether an entry is a refused request, a failed attempt, or a dead letter. */
export function isFailed(entry: ListedEntry): boolean {
  switch (entry.type) {
    case 'reply':
      return isRefused(entry)
    case 'attempt':
      return !isAcknowledged(entry)
    case 'deadLetter':
      return true
    default:
      return false
  }
}
