import { useEffect, useRef, useState } from 'preact/hooks'
import type { PhoneView } from '../../shared/inspection/views.js'
import { type Api, errorMessage } from '../api.js'
import { useApp } from '../state/context.js'

/** Short enough that ringing seems immediate. */
const POLL_INTERVAL_MS = 500

interface PhoneState {
  /** Undefined until the first reply. */
  readonly view: PhoneView | undefined
  readonly error: string
  /** Reads the view now, to show at once what an action has changed. */
  readonly refresh: () => void
}

/** Reads the phone of a person again and again while the page is visible. */
export function usePhone(personId: string): PhoneState {
  const { api } = useApp()
  const [view, setView] = useState<PhoneView>()
  const [error, setError] = useState('')
  const refreshNow = useRef<() => void>(() => {})

  useEffect(() => {
    let isStopped = false
    let timer: ReturnType<typeof setTimeout> | undefined
    // Only the newest request is shown, because replies may overtake one another.
    let newest = 0

    async function poll(): Promise<void> {
      clearTimeout(timer)
      if (document.visibilityState !== 'visible') return
      newest += 1
      const request = newest
      const result = await readPhone(api, personId)
      if (isStopped || request !== newest) return
      if (result.view) setView(result.view)
      setError(result.error)
      timer = setTimeout(poll, POLL_INTERVAL_MS)
    }

    refreshNow.current = () => void poll()
    document.addEventListener('visibilitychange', poll)
    void poll()
    return () => {
      isStopped = true
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', poll)
    }
  }, [personId])

  return { view, error, refresh: () => refreshNow.current() }
}

async function readPhone(api: Api, personId: string): Promise<{ view?: PhoneView; error: string }> {
  try {
    return { view: await api.get<PhoneView>(`/inspector/people/-?userId=${encodeURIComponent(personId)}`), error: '' }
  } catch (failure) {
    return { error: errorMessage(failure) }
  }
}
