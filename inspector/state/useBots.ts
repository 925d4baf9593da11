import { useState } from 'preact/hooks'
import type { BotList, BotView } from '../../shared/inspection/views.js'
import { useApp } from './context.js'
import type { FeedUpdate } from './feed.js'
import { useRefreshed } from './hooks.js'

/** The bots are read at most this often: each delivery that gets a fault changes them. */
const REFRESH_MS = 1_000

export interface Bots {
  readonly bots: readonly BotView[]
  /** Reads the bots again, after a change. */
  readonly reload: () => Promise<void>
}

export function useBots(): Bots {
  const { api } = useApp()
  const [bots, setBots] = useState<readonly BotView[]>([])

  async function reload(): Promise<void> {
    // The feed reports when the service does not answer; the bots stay as they were.
    const list = await api.get<BotList>('/inspector/bots').catch(() => undefined)
    if (list) setBots(list.bots)
  }

  const [registrations] = useState(() => new Set<number>())
  useRefreshed(reload, REFRESH_MS, (update) => mayChangeBots(update, registrations))
  return { bots, reload }
}

/**
 * True for a start, a finished registration, and a delivery that got an injected fault.
 *
 * @param registrations the requests to register a bot that have no reply yet; it is updated
 */
function mayChangeBots(update: FeedUpdate, registrations: Set<number>): boolean {
  if (update.type !== 'entries') return update.type !== 'disconnected'
  let isChanged = false
  for (const entry of update.entries) {
    if (entry.type === 'request' && entry.name === 'bot-put') registrations.add(entry.number)
    if (entry.type === 'reply' && registrations.delete(entry.request)) isChanged = true
    if (entry.type === 'attempt' && entry.isFault) isChanged = true
  }
  return isChanged
}
