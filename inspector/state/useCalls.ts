import { useEffect, useRef, useState } from 'preact/hooks'
import type { ListedEntry } from '../../shared/inspection/entries.js'
import type { CallPage, CallSummary } from '../../shared/inspection/views.js'
import { mergeCalls } from './calls.js'
import { useApp } from './context.js'
import { createRefresher } from './refresher.js'

const PAGE_SIZE = 50
/** How often the calls that have changed are read. */
const REFRESH_MS = 500

export interface Calls {
  readonly calls: readonly CallSummary[]
  readonly isLoading: boolean
  /** True when there are older calls. */
  readonly hasMore: boolean
  readonly loadMore: () => void
}

/** The calls of the list, which change as the service reports it. */
export function useCalls(): Calls {
  const { api, feed, report } = useApp()
  const [calls, setCalls] = useState<readonly CallSummary[]>([])
  const [next, setNext] = useState<string>()
  const [isLoading, setIsLoading] = useState(true)
  const changedIds = useRef(new Set<string>())

  function loadPage(before?: string): Promise<void> {
    setIsLoading(true)
    const query = before === undefined ? '' : `before=${encodeURIComponent(before)}&`
    return api
      .get<CallPage>(`/inspector/calls?${query}limit=${PAGE_SIZE}`)
      .then((page) => {
        setCalls((known) => mergeCalls(before === undefined ? [] : known, page.calls))
        setNext(page.next)
      })
      .catch((error: Error) => report(error.message))
      .finally(() => setIsLoading(false))
  }

  async function loadChanged(): Promise<void> {
    const ids = [...changedIds.current].slice(0, PAGE_SIZE)
    for (const id of ids) changedIds.current.delete(id)
    // An entry that comes next reads what fails here, and the feed says that the service does not answer.
    const page = await api.get<CallPage>(`/inspector/calls?ids=${ids.join(',')}`).catch(() => undefined)
    if (page) setCalls((known) => mergeCalls(known, page.calls))
  }

  useEffect(() => {
    const refresher = createRefresher(async () => {
      while (changedIds.current.size > 0) await loadChanged()
    }, REFRESH_MS)
    const noteChanges = (entries: readonly ListedEntry[]): void => {
      for (const id of entries.flatMap(({ callId }) => callId ?? [])) changedIds.current.add(id)
      if (changedIds.current.size > 0) refresher.request()
    }
    const unsubscribe = feed.subscribe((update) => {
      if (update.type === 'restarted' || update.type === 'connected') void loadPage()
      if (update.type === 'entries') noteChanges(update.entries)
    })
    return () => {
      unsubscribe()
      refresher.stop()
    }
  }, [])

  return { calls, isLoading, hasMore: next !== undefined, loadMore: () => void loadPage(next) }
}
