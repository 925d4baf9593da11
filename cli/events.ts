import { setTimeout as sleep } from 'node:timers/promises'
import type { ListedEntry } from '../shared/inspection/entries.js'
import { MAX_PAGE } from '../shared/inspection/eventLog.js'
import type { EventPage } from '../shared/inspection/views.js'
import type { Client } from './client.js'
import { Unreachable, UsageError } from './errors.js'

// The event log of a running service, by polling as the page of the inspector does.

const POLL_MS = 500
/** After an error the service is left alone for a while. */
const RETRY_MS = 2_000
/** Asks for the entries after all entries: the reply has only the number of the last one. */
const AFTER_ALL = Number.MAX_SAFE_INTEGER

/** A place in the event log of a process. */
export interface LogPosition {
  /** The number of the last entry that is known. */
  readonly after: number
  /** When the log was started: it tells a restarted process from the one before. */
  readonly startedAt: number
}

export type LogUpdate =
  | { readonly type: 'entry'; readonly entry: ListedEntry }
  /** Entries were dropped before they were read. */
  | { readonly type: 'missed'; readonly count: number }
  /** The service does not answer. It is asked again until it does. */
  | { readonly type: 'disconnected'; readonly reason: string }
  /** The service was started again: the entries of its new log follow, from the first. */
  | { readonly type: 'restarted' }

/** A service that is not local records nothing. */
export class NoEventLog extends UsageError {
  constructor() {
    super('The service records no events, because it is not local.')
  }
}

interface FollowOptions {
  readonly from: LogPosition
  /** Ends the iteration. */
  readonly signal: AbortSignal
  readonly pollMs?: number
  readonly retryMs?: number
}

/**
 * Returns the end of the event log.
 *
 * @throws NoEventLog when the service has none
 */
export async function readLogPosition(client: Client): Promise<LogPosition> {
  const { last, startedAt } = await readPage(client, AFTER_ALL)
  return { after: last, startedAt }
}

/** Follows the event log until the signal, also over restarts of the service. */
export async function* followEvents(
  client: Client,
  { from, signal, pollMs = POLL_MS, retryMs = RETRY_MS }: FollowOptions,
): AsyncGenerator<LogUpdate, void, undefined> {
  let position = from
  let isConnected = true
  while (!signal.aborted) {
    const page = await readPage(client, position.after).catch(toUnreachable)
    if (page instanceof Unreachable) {
      if (isConnected) yield { type: 'disconnected', reason: page.message }
      isConnected = false
      await wait(retryMs, signal)
      continue
    }
    isConnected = true
    if (page.startedAt !== position.startedAt) {
      position = { after: 0, startedAt: page.startedAt }
      yield { type: 'restarted' }
      continue
    }
    yield* listUpdates(page, position)
    position = { after: page.last, startedAt: page.startedAt }
    if (page.entries.length < MAX_PAGE) await wait(pollMs, signal)
  }
}

function* listUpdates({ entries }: RecordedPage, { after }: LogPosition): Generator<LogUpdate> {
  const missed = (entries[0]?.number ?? 0) - after - 1
  if (missed > 0) yield { type: 'missed', count: missed }
  for (const entry of entries) yield { type: 'entry', entry }
}

type RecordedPage = EventPage & { readonly startedAt: number }

async function readPage(client: Client, after: number): Promise<RecordedPage> {
  const page = await client.get<EventPage>(`/inspector/events?after=${after}`)
  const { startedAt } = page
  if (startedAt === undefined) throw new NoEventLog()
  return { ...page, startedAt }
}

function toUnreachable(error: unknown): Unreachable {
  if (error instanceof Unreachable) return error
  throw error
}

/** Waits, or returns at once when the signal is aborted. */
const wait = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal }).catch(() => undefined)
