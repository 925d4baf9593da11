import { useState } from 'preact/hooks'
import type { FaultList, FaultState } from '../../shared/simulator/faults.js'
import { useApp } from './context.js'
import type { FeedUpdate } from './feed.js'
import { useRefreshed } from './hooks.js'
import { watchReplies } from './watchReplies.js'

/** The faults are read at most this often: each message that gets one changes their counts. */
const REFRESH_MS = 1_000

export interface BotFaults {
  /** Empty until they are read. */
  readonly faults: readonly FaultState[]
  /** Reads the faults again, after a change. */
  readonly reload: () => Promise<void>
}

export const faultsPath = (applicationId: string): string => `/simulator/faults/${applicationId}`

/** The faults of an application, read again when one applies or when they are set. */
export function useFaults(applicationId: string): BotFaults {
  const { api } = useApp()
  const [faults, setFaults] = useState<readonly FaultState[]>([])
  async function reload(): Promise<void> {
    // The feed reports when the service does not answer; the faults stay as they were.
    const list = await api.get<FaultList>(faultsPath(applicationId)).catch(() => undefined)
    if (list) setFaults(list.faults)
  }
  const [isSet] = useState(() => watchReplies('simulator-fault-put', 'simulator-fault-delete'))
  useRefreshed(reload, REFRESH_MS, (update) => mayChangeFaults(update, isSet))
  return { faults, reload }
}

function mayChangeFaults(update: FeedUpdate, isSet: ReturnType<typeof watchReplies>): boolean {
  if (update.type !== 'entries') return update.type !== 'disconnected'
  // Every entry is looked at, because a reply is recognized by its request.
  const changes = update.entries.filter((entry) => {
    const isFaulty = (entry.type === 'attempt' || entry.type === 'reply') && entry.fault !== undefined
    return isSet(entry) || isFaulty
  })
  return changes.length > 0
}
