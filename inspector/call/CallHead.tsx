import type { CallView } from '../../shared/inspection/views.js'
import { DIALECT_TITLES, describeDeliveries, describeParties, describeState } from '../describe.js'
import { formatDuration, formatTime, shortenId, toWords } from '../format.js'
import { copyText } from '../parts/clipboard.js'
import { MarkView } from '../parts/MarkView.js'
import { ViewLink } from '../parts/ViewLink.js'
import { useAction, useApp } from '../state/context.js'

/** What a call is, and its links to other calls. */
export function CallHead({ call }: { readonly call: CallView }) {
  const { navigate } = useApp()
  const run = useAction()
  const deliveries = describeDeliveries(call)
  return (
    <div class="call-head">
      <div class="line">
        <h2>{describeParties(call)}</h2>
        <button type="button" onClick={() => navigate({ call: undefined })}>
          Close
        </button>
      </div>
      <div class="marks">
        <MarkView mark={describeState(call)} />
        {call.endReason && <span class="muted">{toWords(call.endReason)}</span>}
        {deliveries && <MarkView mark={deliveries} />}
        <span>
          {formatTime(call.createdAt, Date.now())}
          {call.endedAt !== undefined && `, ${formatDuration(call.endedAt - call.createdAt)}`}
        </span>
        <span class="muted">{DIALECT_TITLES[call.dialect]}</span>
        <button
          type="button"
          class="quiet id"
          title={call.id}
          aria-label={`${shortenId(call.id)}, copy the id of the call`}
          onClick={() => run(() => copyText(call.id, 'the id of the call'))}
        >
          {shortenId(call.id)}
        </button>
        {call.related.map((id) => (
          <ViewLink key={id} change={{ call: id }}>
            Related call {shortenId(id)}
          </ViewLink>
        ))}
      </div>
    </div>
  )
}
