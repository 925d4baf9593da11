import { useEffect, useState } from 'preact/hooks'
import type { BotList, BotView } from '../../shared/inspection/views.js'
import { useApp } from './context.js'
import type { FeedUpdate } from './feed.js'
import { createRefresher } from './refresher.js'

/** How often the bots are read: their faults are used up by deliveries. */
const REFRESH_MS = 1_000

export interface Bots {
  readonly bots: readonly BotView[]
  /** Reads the bots again, after a change. */
  readonly reload: () => Promise<void>
}

export function useBots(): Bots {
  const { api, feed } = useApp()
  const [bots, setBots] = useState<readonly BotView[]>([])

  async function reload(): Promise<void> {
    // The feed says that the service does not answer; the bots stay as they were.
    const list = await api.get<BotList>('/inspector/bots').catch(() => undefined)
    if (list) setBots(list.bots)
  }

  useEffect(() => {
    const refresher = createRefresher(reload, REFRESH_MS)
    const registrations = new Set<number>()
    const unsubscribe = feed.subscribe((update) => {
      if (mayChangeBots(update, registrations)) refresher.request()
    })
    return () => {
      unsubscribe()
      refresher.stop()
    }
  }, [])

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
