import type { DiagramRow, Lane } from '../../shared/inspection/diagram.js'
import { describeOutcome, describeRow, findRepeatedAttempts } from '../describe.js'
import { formatDuration, formatOffset } from '../format.js'
import { MarkView } from '../parts/MarkView.js'
import { memo } from '../parts/memo.js'
import { WaitBar } from './WaitBar.js'

interface Props {
  readonly row: DiagramRow
  readonly lanes: readonly Lane[]
  readonly startedAt: number
  readonly href: string
  readonly isChosen: boolean
  readonly isTabStop: boolean
}

/** A row of the diagram: when, an arrow between two lanes, what it carries, and its result. */
export const RowView = memo(
  drawRow,
  (a, b) =>
    a.href === b.href &&
    a.isChosen === b.isChosen &&
    a.isTabStop === b.isTabStop &&
    a.lanes.length === b.lanes.length &&
    isSameRow(a.row, b.row),
)

/** The rows are computed again whenever the call is read, and most of them are as they were. */
const isSameRow = (a: DiagramRow, b: DiagramRow): boolean =>
  COMPARED.every((name) => a[name] === b[name]) && a.attempts?.length === b.attempts?.length

const COMPARED = ['at', 'label', 'from', 'to', 'result', 'outcome'] as const

function drawRow({ row, lanes, startedAt, href, isChosen, isTabStop }: Props) {
  const attempts = findRepeatedAttempts(row)
  return (
    <li aria-label={describeRow(row, lanes, startedAt)} class={`row-${row.outcome}`}>
      <a
        href={href}
        data-key={row.key}
        tabIndex={isTabStop ? 0 : -1}
        aria-current={isChosen ? 'true' : undefined}
        style={placeArrow(row, lanes)}
      >
        <span class="time">{formatOffset(row.at - startedAt)}</span>
        <span class={`arrow arrow-${directionOf(row, lanes)}`} aria-hidden="true" />
        <span class="message">
          <span class="label">{row.label}</span>
          {row.result && <MarkView mark={describeOutcome(row)} />}
          {row.isFault && (
            <span class="mark tone-retry">
              <span aria-hidden="true">⚡</span> fault
            </span>
          )}
          {attempts && (
            <>
              <WaitBar attempts={attempts.all} />
              <span class="attempts muted">
                ×{attempts.all.length} in {formatDuration(attempts.durationMs)}
              </span>
            </>
          )}
        </span>
      </a>
    </li>
  )
}

const laneIndex = (id: string, lanes: readonly Lane[]): number =>
  Math.max(
    0,
    lanes.findIndex((lane) => lane.id === id),
  )

function directionOf(row: DiagramRow, lanes: readonly Lane[]): 'right' | 'left' | 'none' {
  const [from, to] = [laneIndex(row.from, lanes), laneIndex(row.to, lanes)]
  if (from === to) return 'none'
  return from < to ? 'right' : 'left'
}

/** The lanes between whose middles the arrow is drawn; the stylesheet turns them into columns of its grid. */
function placeArrow(row: DiagramRow, lanes: readonly Lane[]) {
  const ends = [laneIndex(row.from, lanes), laneIndex(row.to, lanes)]
  return { '--left': Math.min(...ends), '--right': Math.max(...ends) }
}
