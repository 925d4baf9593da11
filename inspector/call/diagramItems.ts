import type { DiagramRow } from '../../shared/inspection/diagram.js'

/** A pause that is longer is a line of its own. */
const GAP_MS = 5_000

export type DiagramItem =
  | { readonly type: 'row'; readonly key: string; readonly row: DiagramRow }
  | { readonly type: 'gap'; readonly key: string; readonly durationMs: number }

/** Puts a line between rows where nothing was sent for a while. */
export function addGaps(rows: readonly DiagramRow[]): readonly DiagramItem[] {
  const items: DiagramItem[] = []
  let quietSince = rows[0]?.at ?? 0
  for (const row of rows) {
    const durationMs = row.at - quietSince
    if (durationMs > GAP_MS) items.push({ type: 'gap', key: `gap:${row.key}`, durationMs })
    items.push({ type: 'row', key: row.key, row })
    quietSince = Math.max(quietSince, endOf(row))
  }
  return items
}

/** When the last message of a row was over. What the page sent again, perhaps much later, is not drawn in the row. */
function endOf({ at, durationMs = 0, attempts = [] }: DiagramRow): number {
  const last = attempts.findLast(({ isResend }) => !isResend)
  return last ? last.at + last.durationMs : at + durationMs
}

/** The next failed row after the one with this key, from the start again after the last. */
export function findNextFailed(rows: readonly DiagramRow[], key: string | undefined): DiagramRow | undefined {
  const start = rows.findIndex((row) => row.key === key) + 1
  return [...rows.slice(start), ...rows.slice(0, start)].find(({ outcome }) => outcome === 'failed')
}
