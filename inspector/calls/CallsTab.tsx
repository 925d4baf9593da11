import { CallPage } from '../call/CallPage.js'
import { Empty } from '../Empty.js'
import { PhonePane } from '../PhonePane.js'
import { filterCalls } from '../state/calls.js'
import { useApp } from '../state/context.js'
import type { Bots } from '../state/useBots.js'
import type { Calls } from '../state/useCalls.js'
import { CallList } from './CallList.js'
import { Filters } from './Filters.js'
import { Refusals } from './Refusals.js'

interface Props {
  readonly calls: Calls
  readonly bots: Bots
  readonly onCall: (callId: string) => void
}

export function CallsTab({ calls, bots, onCall }: Props) {
  const { view } = useApp()
  const isEmpty = calls.calls.length === 0 && !calls.isLoading && view.call === undefined
  if (isEmpty) return <Empty bots={bots} onCall={onCall} />
  return (
    <main class={`calls ${view.call === undefined ? '' : 'has-call'}`}>
      <section class="list" aria-label="Calls">
        <Filters calls={calls.calls} />
        <CallList shown={filterCalls(calls.calls, view)} calls={calls} />
        <Refusals />
      </section>
      {view.call !== undefined && <CallPage key={view.call} callId={view.call} />}
      {view.call === undefined && (
        <section class="hint">
          <p class="muted">Choose a call to see its messages.</p>
          <PhonePane />
        </section>
      )}
    </main>
  )
}
