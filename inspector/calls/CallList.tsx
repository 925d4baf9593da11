import type { CallSummary } from '../../shared/inspection/views.js'
import { describeCall, describeDeliveries, describeParties, describeState } from '../describe.js'
import { formatDuration, formatTime } from '../format.js'
import { MarkView } from '../parts/MarkView.js'
import { memo } from '../parts/memo.js'
import { Rows } from '../parts/Rows.js'
import { hrefOf } from '../parts/ViewLink.js'
import { useApp } from '../state/context.js'
import type { Calls } from '../state/useCalls.js'

interface Props {
  readonly shown: readonly CallSummary[]
  readonly calls: Calls
}

export function CallList({ shown, calls }: Props) {
  const { view, navigate } = useApp()
  return (
    <div class="scroll">
      {shown.length === 0 && !calls.isLoading && <p class="muted">No call matches.</p>}
      <Rows
        class="rows call-rows"
        label="Calls, newest first"
        firstKey={shown[0]?.id}
        chosenKey={shown.find(({ id }) => id === view.call)?.id}
        onOpen={(call) => navigate({ call })}
      >
        {(tabKey) =>
          shown.map((call) => (
            <CallItem
              key={call.id}
              call={call}
              href={hrefOf(view, { call: call.id })}
              isChosen={call.id === view.call}
              isTabStop={call.id === tabKey}
            />
          ))
        }
      </Rows>
      {calls.isPartial && (
        <p class="muted">Only the calls of the registered bots and of some other applications are listed.</p>
      )}
      {calls.hasMore && (
        <button type="button" class="more" disabled={calls.isLoading} onClick={calls.loadMore}>
          Show more
        </button>
      )}
    </div>
  )
}

interface ItemProps {
  readonly call: CallSummary
  readonly href: string
  readonly isChosen: boolean
  readonly isTabStop: boolean
}

const CallItem = memo(
  drawCall,
  (a, b) => a.call === b.call && a.href === b.href && a.isChosen === b.isChosen && a.isTabStop === b.isTabStop,
)

function drawCall({ call, href, isChosen, isTabStop }: ItemProps) {
  const time = formatTime(call.createdAt, Date.now())
  const deliveries = describeDeliveries(call)
  return (
    <li aria-label={describeCall(call, time)}>
      <a href={href} data-key={call.id} tabIndex={isTabStop ? 0 : -1} aria-current={isChosen ? 'true' : undefined}>
        <span class="parties">{describeParties(call)}</span>
        <span class="marks">
          <MarkView mark={describeState(call)} />
          {deliveries && <MarkView mark={deliveries} />}
          {call.endedAt !== undefined && <span class="muted">{formatDuration(call.endedAt - call.createdAt)}</span>}
          <span class="time-of-call muted">{time}</span>
        </span>
      </a>
    </li>
  )
}
