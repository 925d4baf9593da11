import { useEffect, useRef, useState } from 'preact/hooks'
import { toTest } from '../../shared/inspection/copyAs.js'
import type { Diagram, DiagramRow } from '../../shared/inspection/diagram.js'
import type { CallExport, CallView } from '../../shared/inspection/views.js'
import { describeOutcome } from '../describe.js'
import { formatDuration, formatOffset } from '../format.js'
import { showRow } from '../keyboard.js'
import { copyText } from '../parts/clipboard.js'
import { MarkView } from '../parts/MarkView.js'
import { useAction, useApp } from '../state/context.js'
import { AttemptTable } from './AttemptTable.js'
import { NotificationMessage } from './NotificationMessage.js'
import { RequestMessages } from './RequestMessages.js'

interface Props {
  readonly call: CallView
  readonly diagram: Diagram
  readonly row: DiagramRow
  readonly onClose: () => void
}

/** The messages of the chosen row. */
export function Details({ call, diagram, row, onClose }: Props) {
  const { api } = useApp()
  const run = useAction()
  // The test sends the recorded bodies, which the page does not have.
  const copyTest = (): void =>
    run(async () => {
      const exported = await api.get<CallExport>(`/inspector/calls/${call.id}/export`)
      return copyText(toTest(diagram, exported), 'the call as a test')
    })
  const [query, setQuery] = useState('')
  const close = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    // The URL may name a row that is out of view.
    showRow(row.key)
    // Where the details cover the diagram, the focus must not stay below them.
    if (close.current && getComputedStyle(close.current).position === 'sticky') close.current.focus()
  }, [])
  const hasMessage = row.sequence !== undefined || row.entries.length > 0
  return (
    <section class="pane details" aria-label="Message">
      <div class="line">
        <h2>{row.label}</h2>
        <button ref={close} type="button" class="close" onClick={onClose}>
          Close
        </button>
      </div>
      <p class="marks">
        {row.result && <MarkView mark={describeOutcome(row)} />}
        <span class="muted">
          at {formatOffset(row.at - call.createdAt)} s
          {row.durationMs !== undefined && `, took ${formatDuration(row.durationMs)}`}
        </span>
      </p>
      {hasMessage ? (
        <input
          type="search"
          aria-label="Find in the message"
          placeholder="Find in the message"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
      ) : (
        <p class="muted">A change of the call, without a message.</p>
      )}
      {row.attempts && row.attempts.length > 0 && <AttemptTable attempts={row.attempts} startedAt={call.createdAt} />}
      {row.entries.length > 0 && <RequestMessages entries={row.entries} query={query} />}
      {row.sequence !== undefined && <NotificationMessage callId={call.id} sequence={row.sequence} query={query} />}
      <button type="button" onClick={copyTest}>
        Copy the call as a test
      </button>
    </section>
  )
}
