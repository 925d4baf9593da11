import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { type Diagram, toDiagram } from '../../shared/inspection/diagram.js'
import { count } from '../../shared/inspection/labels.js'
import type { CallView } from '../../shared/inspection/views.js'
import { focusRow, useKeys } from '../keyboard.js'
import { PhonePane } from '../PhonePane.js'
import { useApp } from '../state/context.js'
import { useCall } from '../state/useCall.js'
import { CallHead } from './CallHead.js'
import { CallInfo } from './CallInfo.js'
import { Details } from './Details.js'
import { DiagramView } from './DiagramView.js'
import { findNextFailed } from './diagramItems.js'
import { Toolbar } from './Toolbar.js'
import { useFollow } from './useFollow.js'

/** The status line says how many messages are new at most this often. */
const REPORT_MS = 5_000

/** A call over time, with the details of a message and what is known of the call. */
export function CallPage({ callId }: { readonly callId: string }) {
  const { call, error } = useCall(callId)
  if (call) return <LoadedCall call={call} error={error} />
  return (
    <section class="call" aria-label="Call">
      <p class={error ? 'tone-dead' : 'muted'}>{error ?? 'Loading'}</p>
    </section>
  )
}

interface LoadedProps {
  readonly call: CallView
  readonly error: string | undefined
}

function LoadedCall({ call, error }: LoadedProps) {
  const { view, navigate } = useApp()
  const diagram = useMemo(() => toDiagram(call.entries, call), [call])
  const follow = useFollow(diagram.rows.length, call.state !== 'terminated' && view.m === undefined)
  const chosen = diagram.rows.find(({ key }) => key === view.m)
  const paneClass = chosen || view.person !== undefined ? 'has-pane' : ''
  useNewMessageReport(diagram)

  const open = (m: string): void => navigate({ m })
  const openNextFailed = (): void => {
    const next = findNextFailed(diagram.rows, view.m)
    if (next === undefined) return
    follow.stop()
    open(next.key)
    focusRow(next.key)
  }
  const closeDetails = (): void => {
    navigate({ m: undefined })
    // On a narrow page the row is not there before the details are gone.
    requestAnimationFrame(() => focusRow(view.m ?? ''))
  }
  useKeys({
    n: openNextFailed,
    e: follow.toggle,
    Escape: chosen && closeDetails,
  })

  return (
    <>
      <section class={`call ${paneClass}`} aria-label="Call">
        <CallHead call={call} />
        {error && (
          <p class="tone-dead">
            <span aria-hidden="true">✕</span> {error}
          </p>
        )}
        <Toolbar call={call} diagram={diagram} follow={follow} onNextFailed={openNextFailed} />
        <DiagramView
          diagram={diagram}
          startedAt={call.createdAt}
          chosenKey={chosen?.key}
          follow={follow}
          onOpen={open}
        />
      </section>
      <aside class={`side ${paneClass}`} aria-label="Details and state">
        {chosen && <Details key={chosen.key} call={call} diagram={diagram} row={chosen} onClose={closeDetails} />}
        <PhonePane />
        <CallInfo call={call} />
      </aside>
    </>
  )
}

function useNewMessageReport({ rows }: Diagram): void {
  const { report } = useApp()
  const [reported, setReported] = useState(rows.length)
  const lastReport = useRef(0)
  useEffect(() => {
    if (rows.length <= reported) return
    const waitMs = Math.max(0, lastReport.current + REPORT_MS - Date.now())
    const timer = setTimeout(() => {
      lastReport.current = Date.now()
      report(`Live. ${count(rows.length - reported, 'new message')} in this call.`)
      setReported(rows.length)
    }, waitMs)
    return () => clearTimeout(timer)
  }, [rows.length])
}
