import { useEffect, useRef, useState } from 'preact/hooks'
import type { ListedEntry } from '../../shared/inspection/entries.js'
import type { CallPage, CallSummary } from '../../shared/inspection/views.js'
import { mergeCalls } from './calls.js'
import { useApp } from './context.js'
import { createRefresher } from './refresher.js'

const PAGE_SIZE = 50
/** The calls that have changed are read at most this often. */
const REFRESH_MS = 500
/** How long to wait after a failure. */
const RETRY_MS = 2_000

export interface Calls {
  readonly calls: readonly CallSummary[]
  readonly isLoading: boolean
  /** True when the calls of some applications are not listed. */
  readonly isPartial: boolean
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
  const [isPartial, setIsPartial] = useState(false)
  const [changedIds] = useState(() => new Set<string>())
  const [refresher] = useState(() => createRefresher(loadChanged, REFRESH_MS))
  const hasPage = useRef(false)

  function loadPage(before?: string): Promise<void> {
    setIsLoading(true)
    const idsDuringLoad = new Set<string>()
    const unsubscribe = feed.subscribe((update) => {
      if (update.type === 'entries') for (const id of listCallIds(update.entries)) idsDuringLoad.add(id)
    })
    const query = before === undefined ? '' : `before=${encodeURIComponent(before)}&`
    return api
      .get<CallPage>(`/inspector/calls?${query}limit=${PAGE_SIZE}`)
      .then((page) => {
        setCalls((known) => mergeCalls(before === undefined ? [] : known, page.calls))
        setNext(page.next)
        setIsPartial(page.isPartial === true)
        hasPage.current = true
        // The page may be older than what was read of these calls meanwhile.
        noteChanges([...idsDuringLoad])
      })
      .catch((error: Error) => report(error.message))
      .finally(() => {
        unsubscribe()
        setIsLoading(false)
      })
  }

  /** Reads the newest calls again, and keeps the older ones that are shown. */
  async function loadNewest(): Promise<void> {
    // The feed reports when the service does not answer, and asks again.
    const page = await api.get<CallPage>(`/inspector/calls?limit=${PAGE_SIZE}`).catch(() => undefined)
    if (page) setCalls((known) => mergeCalls(known, page.calls))
  }

  function noteChanges(ids: readonly string[]): void {
    for (const id of ids) changedIds.add(id)
    if (changedIds.size > 0) refresher.request()
  }

  async function loadChanged(): Promise<void> {
    while (changedIds.size > 0) await loadPart()
  }

  async function loadPart(): Promise<void> {
    const ids = [...changedIds].slice(0, PAGE_SIZE)
    for (const id of ids) changedIds.delete(id)
    try {
      const { calls: changed } = await api.get<CallPage>(`/inspector/calls?ids=${ids.join(',')}`)
      setCalls((known) => mergeCalls(known, changed))
    } catch {
      // The feed reports when the service does not answer.
      for (const id of ids) changedIds.add(id)
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }

  useEffect(() => {
    const unsubscribe = feed.subscribe((update) => {
      if (update.type === 'restarted' || update.type === 'connected') void loadPage()
      if (update.type === 'unrecorded') void (hasPage.current ? loadNewest() : loadPage())
      if (update.type === 'entries') noteChanges(listCallIds(update.entries))
    })
    return () => {
      unsubscribe()
      refresher.stop()
    }
  }, [])

  return { calls, isLoading, isPartial, hasMore: next !== undefined, loadMore: () => void loadPage(next) }
}

const listCallIds = (entries: readonly ListedEntry[]): string[] => entries.flatMap(({ callId }) => callId ?? [])
