import { useState } from 'preact/hooks'
import { isRefused } from '../../shared/inspection/entries.js'
import { count } from '../../shared/inspection/labels.js'
import type { Refusal, RefusalList } from '../../shared/inspection/views.js'
import { describeFault } from '../../shared/simulator/faults.js'
import { RequestMessages } from '../call/RequestMessages.js'
import { formatTime } from '../format.js'
import { useApp } from '../state/context.js'
import type { FeedUpdate } from '../state/feed.js'
import { useRefreshed } from '../state/hooks.js'

/** The refused requests are read at most this often. */
const REFRESH_MS = 1_000

/** The refused requests that belong to no call: what a bot gets wrong first, for example when it creates a call. */
export function Refusals() {
  const refusals = useRefusals()
  if (refusals.length === 0) return null
  return (
    <details class="refusals">
      <summary>
        <h2>
          <span class="tone-dead">
            <span aria-hidden="true">✕</span> {count(refusals.length, 'refused request')}
          </span>{' '}
          without a call
        </h2>
      </summary>
      <ul class="plain">
        {refusals.map((refusal) => (
          <RefusedRequest key={refusal.entries[0]} {...refusal} />
        ))}
      </ul>
    </details>
  )
}

function RefusedRequest({ entries, at, method, path, status, code, fault }: Refusal) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <li>
      <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary>
          {method} {path}{' '}
          <span class="tone-dead">{[status, code, fault && describeFault(fault)].filter(Boolean).join(', ')}</span>{' '}
          <span class="muted">{formatTime(at, Date.now())}</span>
        </summary>
        {isOpen && <RequestMessages entries={entries} query="" />}
      </details>
    </li>
  )
}

function useRefusals(): readonly Refusal[] {
  const { api } = useApp()
  const [refusals, setRefusals] = useState<readonly Refusal[]>([])

  async function load(): Promise<void> {
    // The feed reports when the service does not answer.
    const list = await api.get<RefusalList>('/inspector/refusals').catch(() => undefined)
    if (list) setRefusals(list.refusals)
  }

  useRefreshed(load, REFRESH_MS, hasRefusal)
  return refusals
}

const hasRefusal = (update: FeedUpdate): boolean =>
  update.type === 'entries'
    ? update.entries.some((entry) => entry.type === 'reply' && isRefused(entry))
    : update.type === 'restarted'
