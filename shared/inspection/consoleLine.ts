import { describeAttempt, faultWords } from './diagram.js'
import { type Entry, isAcknowledged, isRefused, type ListedEntry } from './entries.js'
import { describeCommand, shortenId, toLine } from './labels.js'

type AnyEntry = Entry | ListedEntry
type EntryOfType<T extends AnyEntry['type']> = Extract<AnyEntry, { readonly type: T }>

/**
 * Renders an entry of the event log as a line for the console, in local time; undefined for one that says nothing new.
 * `->` is a request to Ringback with its reply, `<-` an attempt to deliver a notification, `--` a new state of the call,
 * `!!` a dead letter.
 *
 * @param entry a listed one has no message, so the line of an error lacks its text
 * @param readEntry reads the entry with a number
 */
export function renderConsoleLine(
  entry: AnyEntry,
  readEntry: (number: number) => AnyEntry | undefined,
): string | undefined {
  const text = describeEntry(entry, readEntry)
  if (text === undefined) return undefined
  const call = entry.callId === undefined ? '' : `  call ${shortenId(entry.callId)}`
  return `${formatTime(new Date(entry.at))} ${toLine(text)}${call}`
}

function describeEntry(entry: AnyEntry, readEntry: (number: number) => AnyEntry | undefined): string | undefined {
  switch (entry.type) {
    case 'request':
      return undefined
    case 'reply': {
      const request = readEntry(entry.request)
      return request?.type === 'request' ? describeReply(entry, request) : undefined
    }
    case 'commit':
      return entry.from === entry.to
        ? undefined
        : `-- ${describeCommand(entry.command)}: ${entry.from ?? 'new'} -> ${entry.to}`
    case 'attempt':
      return describeDelivery(entry)
    case 'deadLetter':
      return `!! #${entry.sequence}${entry.isRest ? ' and all later ones' : ''} dead-lettered: ${entry.reason}`
  }
}

/** Names the address of an attempt that has failed. */
function describeDelivery(attempt: EntryOfType<'attempt'>): string {
  const { sequence, summary, url, durationMs } = attempt
  const line = `<- #${sequence} ${summary} ${describeAttempt(attempt)}, ${durationMs} ms`
  return isAcknowledged(attempt) ? line : `${line}, ${url}`
}

function describeReply(reply: EntryOfType<'reply'>, { method, path }: EntryOfType<'request'>): string {
  const { status, code, fault, durationMs } = reply
  const text = 'message' in reply ? reply.message.body?.text : undefined
  const problem = isRefused(reply) ? ` ${code ?? ''}: ${readErrorMessage(text)}` : ''
  return `-> ${method} ${path} ${status}${faultWords(fault)}${problem}, ${durationMs} ms`
}

/** The message of Graph's error body, or of an OAuth error. */
function readErrorMessage(text = ''): string {
  try {
    const { error, error_description: description } = JSON.parse(text)
    return description ?? error?.message ?? ''
  } catch {
    return ''
  }
}

/** The local time as hh:mm:ss.mmm. */
const formatTime = (date: Date): string =>
  `${date.toTimeString().slice(0, 'hh:mm:ss'.length)}.${String(date.getMilliseconds()).padStart(3, '0')}`
