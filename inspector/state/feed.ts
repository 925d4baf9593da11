import type { ListedEntry } from '../../shared/inspection/entries.js'
import type { EventPage } from '../../shared/inspection/views.js'
import { type Api, errorMessage } from '../api.js'

// What happens in the service, by polling its event log: a Functions host bills and waits for an open stream.

const POLL_MS = 500
/** After an error the service is left alone for a while. */
const RETRY_MS = 2_000
/** How often everything is read again where nothing is recorded. */
const REFRESH_MS = 5_000
/** Asks for the entries after all entries: the page reads the calls, and needs only what comes later. */
const AFTER_ALL = Number.MAX_SAFE_INTEGER

export type FeedUpdate =
  | { readonly type: 'entries'; readonly entries: readonly ListedEntry[] }
  /** The log was started again, or entries were dropped before they were read, so anything may have changed. */
  | { readonly type: 'restarted' }
  | { readonly type: 'connected' }
  /** The service has no log, because it is not local. Repeated, so that what is shown is read again. */
  | { readonly type: 'unrecorded' }
  | { readonly type: 'disconnected'; readonly reason: string }

type FeedListener = (update: FeedUpdate) => void

export interface Feed {
  /** Returns the function that ends the subscription. */
  subscribe(listener: FeedListener): () => void
}

/** The place in the log up to which everything is known. */
interface Position {
  readonly after: number
  readonly etag?: string | undefined
  readonly startedAt?: number
}

/** Polls from the first subscription on, so that nothing is missed, and as long as the page is open and not hidden. */
export function createFeed(api: Api): Feed {
  const listeners = new Set<FeedListener>()
  const publish = (update: FeedUpdate): void => {
    for (const listener of listeners) listener(update)
  }
  let isPolling = false
  return {
    subscribe: (listener) => {
      listeners.add(listener)
      if (!isPolling) void poll(api, publish)
      isPolling = true
      return () => listeners.delete(listener)
    },
  }
}

async function poll(api: Api, publish: FeedListener): Promise<never> {
  let position: Position = { after: AFTER_ALL }
  let isConnected: boolean | undefined
  for (;;) {
    await untilVisible()
    let waitMs = POLL_MS
    try {
      const next = await readEvents(api, position, publish)
      if (isConnected !== true && next) publish({ type: 'connected' })
      if (!next) {
        publish({ type: 'unrecorded' })
        waitMs = REFRESH_MS
      }
      position = next ?? position
      isConnected = true
    } catch (error) {
      if (isConnected !== false) publish({ type: 'disconnected', reason: errorMessage(error) })
      isConnected = false
      waitMs = RETRY_MS
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}

/** Returns undefined where there is no log. */
async function readEvents(api: Api, position: Position, publish: FeedListener): Promise<Position | undefined> {
  const reply = await api.getIfChanged<EventPage>(`/inspector/events?after=${position.after}`, position.etag)
  if (reply === undefined) return position
  const { entries, last, startedAt } = reply.body
  if (startedAt === undefined) return undefined
  if (isNewLog(position, startedAt) || lacksEntries(position, entries)) {
    publish({ type: 'restarted' })
    // The entries of the page are not read: the listeners read the calls again.
    return { after: last, startedAt }
  }
  if (entries.length > 0) publish({ type: 'entries', entries })
  // The ETag of a page with entries is not that of the page after it.
  return { after: last, startedAt, etag: entries.length === 0 ? reply.etag : undefined }
}

const isNewLog = (before: Position, startedAt: number): boolean =>
  before.startedAt !== undefined && before.startedAt !== startedAt

/** The log drops its oldest entries, so a page that was hidden for long may have missed some. */
const lacksEntries = ({ after }: Position, [first]: readonly ListedEntry[]): boolean =>
  first !== undefined && first.number > after + 1

function untilVisible(): Promise<void> {
  if (document.visibilityState === 'visible') return Promise.resolve()
  return new Promise((resolve) => document.addEventListener('visibilitychange', () => resolve(), { once: true }))
}
