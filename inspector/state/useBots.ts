import { useState } from 'preact/hooks'
import type { BotList, BotView } from '../../shared/inspection/views.js'
import { useApp } from './context.js'
import type { FeedUpdate } from './feed.js'
import { useRefreshed } from './hooks.js'
import { watchReplies } from './watchReplies.js'

/** The bots are read at most this often: a test run registers many. */
const REFRESH_MS = 1_000

export interface Bots {
  readonly bots: readonly BotView[]
  /** Whether faults can be injected. */
  readonly hasFaults: boolean
  /** Reads the bots again, after a change. */
  readonly reload: () => Promise<void>
}

export function useBots(): Bots {
  const { api } = useApp()
  const [list, setList] = useState<BotList>({ bots: [], hasFaults: false })

  async function reload(): Promise<void> {
    // The feed reports when the service does not answer; the bots stay as they were.
    const read = await api.get<BotList>('/inspector/bots').catch(() => undefined)
    if (read) setList(read)
  }

  const [isRegistered] = useState(() => watchReplies('bot-put'))
  useRefreshed(reload, REFRESH_MS, (update) => mayChangeBots(update, isRegistered))
  return { ...list, reload }
}

/** True for a start and for a finished registration. */
function mayChangeBots(update: FeedUpdate, isRegistered: ReturnType<typeof watchReplies>): boolean {
  if (update.type !== 'entries') return update.type !== 'disconnected'
  return update.entries.filter(isRegistered).length > 0
}
