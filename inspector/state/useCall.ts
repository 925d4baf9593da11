import { useState } from 'preact/hooks'
import type { CallView } from '../../shared/inspection/views.js'
import { errorMessage } from '../api.js'
import { useApp } from './context.js'
import type { FeedUpdate } from './feed.js'
import { useRefreshed } from './hooks.js'

/** A call that changes is read at most this often. */
const REFRESH_MS = 400

export interface LoadedCall {
  /** Undefined until the first reply; kept when a later request fails. */
  readonly call: CallView | undefined
  readonly error?: string
}

/** A call with its log, which is read again whenever something happens in it. */
export function useCall(callId: string): LoadedCall {
  const { api } = useApp()
  const [loaded, setLoaded] = useState<LoadedCall>({ call: undefined })

  function load(): Promise<void> {
    return api.get<CallView>(`/inspector/calls/${encodeURIComponent(callId)}`).then(
      (call) => setLoaded({ call }),
      (error: unknown) => setLoaded(({ call }) => ({ call, error: errorMessage(error) })),
    )
  }

  useRefreshed(load, REFRESH_MS, (update) => concerns(update, callId))
  return loaded
}

function concerns(update: FeedUpdate, callId: string): boolean {
  if (update.type === 'entries') return update.entries.some((entry) => entry.callId === callId)
  return update.type !== 'disconnected'
}
