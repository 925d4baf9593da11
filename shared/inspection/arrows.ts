import { type Diagram, type DiagramRow, describeAttempt, lastOf } from './diagram.js'
import { isAcknowledged } from './entries.js'

// A diagram as text has a line for each attempt, because a folded row cannot be opened there.

/** A shorter pause says nothing about what the bot or Ringback waited for. */
const GAP_MS = 5_000

/** A line of a diagram as text: an arrow, or a pause without messages. */
export type TextLine =
  | { readonly type: 'arrow'; readonly arrow: Arrow }
  | { readonly type: 'gap'; readonly durationMs: number }

export type Arrow = Pick<DiagramRow, 'at' | 'from' | 'to' | 'label' | 'result' | 'outcome'>

/** Lists the arrows in the order of their times, with the pauses between them. */
export function listLines({ rows }: Diagram): TextLine[] {
  const arrows = rows.flatMap(listAttempts).toSorted((a, b) => a.at - b.at)
  return arrows.flatMap((arrow, index): TextLine[] => {
    const durationMs = arrow.at - (arrows[index - 1]?.at ?? arrow.at)
    const line: TextLine = { type: 'arrow', arrow }
    return durationMs > GAP_MS ? [{ type: 'gap', durationMs }, line] : [line]
  })
}

/** The first attempt has the label of its row, and the last one of the delivery its result. */
function listAttempts(row: DiagramRow): Arrow[] {
  const { at, from, to, label, sequence, attempts = [] } = row
  if (attempts.length < 2) return [row]
  const last = lastOf(attempts)
  return attempts.map((attempt, index): Arrow => {
    const repeated = attempt.isResend ? `#${sequence} again` : `#${sequence} attempt ${index + 1}`
    return {
      at: index === 0 ? at : attempt.at,
      from,
      to,
      label: index === 0 ? label : repeated,
      result: attempt === last ? row.result : describeAttempt(attempt),
      outcome: attempt === last ? row.outcome : isAcknowledged(attempt) ? 'ok' : 'failed',
    }
  })
}
