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
    const unsubscribe = feed.subscribe((update) => {
      if (mayChangeBots(update)) refresher.request()
    })
    return () => {
      unsubscribe()
      refresher.stop()
    }
  }, [])

  return { bots, reload }
}

/** True for a start, a registration, and a delivery that got an injected fault. */
function mayChangeBots(update: FeedUpdate): boolean {
  if (update.type !== 'entries') return update.type !== 'disconnected'
  return update.entries.some(
    (entry) => (entry.type === 'attempt' && entry.isFault) || (entry.type === 'request' && entry.name === 'bot-put'),
  )
}
