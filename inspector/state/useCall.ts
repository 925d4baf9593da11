import { useEffect, useState } from 'preact/hooks'
import type { CallView } from '../../shared/inspection/views.js'
import { errorText } from '../api.js'
import { useApp } from './context.js'
import type { FeedUpdate } from './feed.js'
import { createRefresher } from './refresher.js'

/** How often a call that changes is read. */
const REFRESH_MS = 400

export interface LoadedCall {
  readonly call?: CallView
  readonly error?: string
}

/** A call with its log, which is read again whenever something happens in it. */
export function useCall(callId: string): LoadedCall {
  const { api, feed } = useApp()
  const [loaded, setLoaded] = useState<LoadedCall>({})

  useEffect(() => {
    let isCurrent = true
    const load = async (): Promise<void> => {
      const result = await api.get<CallView>(`/inspector/calls/${encodeURIComponent(callId)}`).then(
        (call): LoadedCall => ({ call }),
        (error: unknown): LoadedCall => ({ error: errorText(error) }),
      )
      // What was read before stays when the service does not answer.
      if (isCurrent) setLoaded((before) => ({ ...before, error: undefined, ...result }) as LoadedCall)
    }
    setLoaded({})
    const refresher = createRefresher(load, REFRESH_MS)
    refresher.request()
    const unsubscribe = feed.subscribe((update) => {
      if (concerns(update, callId)) refresher.request()
    })
    return () => {
      isCurrent = false
      unsubscribe()
      refresher.stop()
    }
  }, [callId])

  return loaded
}

function concerns(update: FeedUpdate, callId: string): boolean {
  if (update.type === 'entries') return update.entries.some((entry) => entry.callId === callId)
  return update.type !== 'disconnected'
}
