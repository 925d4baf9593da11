/** Sequence diagrams in plain text. */

export interface Arrow {
  readonly from: string
  readonly to: string
  readonly label: string
  /** A dotted arrow is not an HTTP request. */
  readonly isDotted: boolean
}

/** Keeps a diagram of two people, the service and the bot within 120 columns. */
const MAX_LABEL = 44
const INDENT = 2
/** The space that an arrow needs beside its label: `|-- label --->|`. */
const ARROW_SPACE = 8
const NAME_SPACE = 3

/** Draws a lifeline for each participant and a line for each arrow. */
export function drawDiagram(participants: readonly string[], arrows: readonly Arrow[]): string[] {
  const labeled = arrows.map((arrow) => ({ ...arrow, label: shorten(arrow.label) }))
  const columns = placeColumns(participants, labeled)
  const columnOf = (name: string) => columns[participants.indexOf(name)] ?? 0
  const names = participants.reduce(
    (line, name) => `${line.padEnd(columnOf(name) - Math.floor(name.length / 2))}${name}`,
    '',
  )
  const lifelines = columns.reduce((line, column) => `${line.padEnd(column)}|`, '')
  return [names, lifelines, ...labeled.map((arrow) => drawArrow(arrow, lifelines, columnOf)), lifelines]
}

const shorten = (label: string): string => (label.length > MAX_LABEL ? `${label.slice(0, MAX_LABEL - 3)}...` : label)

/** Places each column as far to the right of the previous columns as their names and labels need. */
function placeColumns(participants: readonly string[], arrows: readonly Arrow[]): number[] {
  const columns: number[] = []
  for (const [index, name] of participants.entries()) {
    const previousName = participants[index - 1] ?? ''
    const forName = (columns[index - 1] ?? INDENT) + Math.ceil((previousName.length + name.length) / 2) + NAME_SPACE
    const forLabels = arrows.map(({ from, to, label }) => {
      const [left = 0, right = 0] = [participants.indexOf(from), participants.indexOf(to)].toSorted((a, b) => a - b)
      return right === index ? (columns[left] ?? 0) + label.length + ARROW_SPACE : 0
    })
    columns.push(Math.max(forName, ...forLabels))
  }
  return columns
}

function drawArrow(
  { from, to, label, isDotted }: Arrow,
  lifelines: string,
  columnOf: (name: string) => number,
): string {
  const [start, end] = [columnOf(from), columnOf(to)]
  const [left, right] = [Math.min(start, end), Math.max(start, end)]
  const dash = isDotted ? '.' : '-'
  const line = start < end ? `|${dash}${dash} ${label} ` : `|<${dash} ${label} `
  const filled = line.padEnd(right - left, dash)
  return lifelines.slice(0, left) + (start < end ? `${filled.slice(0, -1)}>` : filled) + lifelines.slice(right)
}
