import { type Arrow, listLines, type TextLine } from './arrows.js'
import type { Diagram, Lane } from './diagram.js'
import { cutEnd, formatDuration, toLine } from './labels.js'

// The sequence diagram as plain text, for a terminal, an issue or a chat.

const WIDTH = 120
/** `   12.345  `, so that the times of a day stay aligned. */
const TIME_WIDTH = 9
const MARGIN = TIME_WIDTH + 3
/** More people share the last lane: with the bot and Ringback, six lanes fit in the width. */
const MAX_PEOPLE_LANES = 4
const MAX_TITLE = 16
const MAX_RESULT = 38
/** The labels get shorter until the lanes fit. Six lanes with the shortest always do. */
const MAX_LABEL = 44
const MIN_LABEL = 8
/** The space that an arrow needs beside its label: `|-- label --->|`. */
const ARROW_SPACE = 8
const TITLE_SPACE = 2
const RESULT_SPACE = 2

/** Draws a diagram as text of at most 120 columns: seconds since the first row, the arrows, and their results. */
export function renderLadder(diagram: Diagram): string {
  const lanes = foldLanes(diagram.lanes)
  const lines = listLines(diagram).map((line) => prepareLine(line, lanes))
  const arrows = lines.flatMap((line) => (line.type === 'arrow' ? [line.arrow] : []))
  const layout = chooseLayout(lanes, arrows)
  const start = arrows[0]?.at ?? 0
  const drawn = lines.map((line) =>
    line.type === 'gap' ? drawGap(line.durationMs) : drawLine(line.arrow, start, layout),
  )
  return [drawTitles(layout), layout.lifelines, ...drawn, layout.lifelines]
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}

interface FoldedLane {
  readonly title: string
  readonly members: readonly Lane[]
}

function foldLanes(lanes: readonly Lane[]): FoldedLane[] {
  const people = lanes.filter(({ kind }) => kind === 'person')
  const shown = people.length > MAX_PEOPLE_LANES ? people.slice(0, MAX_PEOPLE_LANES - 1) : people
  const others = people.slice(shown.length)
  return [
    ...[...lanes.filter(({ kind }) => kind !== 'person'), ...shown].map((lane) => ({
      title: toLine(lane.title),
      members: [lane],
    })),
    ...(others.length > 0 ? [{ title: `${others.length} others`, members: others }] : []),
  ]
}

/** An arrow between the indexes of two lanes. */
interface LaneArrow {
  readonly at: number
  readonly start: number
  readonly end: number
  readonly label: string
  readonly result: string
  readonly isFailed: boolean
  /** A dotted arrow is not an HTTP request of a bot or to it. */
  readonly isDotted: boolean
}

type LadderLine = { readonly type: 'arrow'; readonly arrow: LaneArrow } | Extract<TextLine, { type: 'gap' }>

function prepareLine(line: TextLine, lanes: readonly FoldedLane[]): LadderLine {
  if (line.type === 'gap') return line
  const { at, from, to, result, outcome } = line.arrow
  const [start, end] = [from, to].map((id) => lanes.findIndex(({ members }) => members.some((lane) => lane.id === id)))
  const arrow = {
    at,
    start: start ?? 0,
    end: end ?? 0,
    label: labelOf(line.arrow, lanes[start ?? 0], lanes[end ?? 0]),
    result: cutEnd(toLine(result), MAX_RESULT),
    isFailed: outcome === 'failed',
    isDotted: [from, to].some((id) => id.startsWith('person:')),
  }
  return { type: 'arrow', arrow }
}

/** A lane of one person has the name, so their arrows do without it. In a lane of several people they need it. */
function labelOf({ to, label }: Arrow, source: FoldedLane | undefined, target: FoldedLane | undefined): string {
  const name = target && target.members.length > 1 ? target.members.find(({ id }) => id === to)?.title : undefined
  if (name !== undefined) return toLine(`${label} (${name})`)
  const repeated = source?.members.length === 1 ? `${source.title} ` : ''
  return label.startsWith(repeated) ? label.slice(repeated.length) : label
}

interface Layout {
  readonly titles: readonly string[]
  readonly columns: readonly number[]
  readonly lifelines: string
  readonly maxLabel: number
  readonly resultColumn: number
}

/** Chooses the longest labels with which the lanes and the results fit. */
function chooseLayout(lanes: readonly FoldedLane[], arrows: readonly LaneArrow[]): Layout {
  const resultWidth = Math.max(0, ...arrows.map(({ result }) => widthOf(result)))
  let maxLabel = MAX_LABEL
  let layout = placeLanes(lanes, arrows, maxLabel)
  while (maxLabel > MIN_LABEL && layout.resultColumn + resultWidth > WIDTH) {
    maxLabel -= 1
    layout = placeLanes(lanes, arrows, maxLabel)
  }
  return layout
}

/** Places each lane as far to the right of the previous lanes as its title and the labels need. */
function placeLanes(lanes: readonly FoldedLane[], arrows: readonly LaneArrow[], maxLabel: number): Layout {
  const titles = lanes.map(({ title }) => cutEnd(title, Math.min(maxLabel, MAX_TITLE)))
  const columns: number[] = []
  for (const [index, title] of titles.entries()) {
    const halves = Math.ceil((widthOf(titles[index - 1] ?? '') + widthOf(title)) / 2)
    const forTitle =
      (columns[index - 1] ?? MARGIN) + (index === 0 ? Math.floor(widthOf(title) / 2) : halves + TITLE_SPACE)
    const forLabels = arrows.map(({ start, end, label }) => {
      const isLastLane = start !== end && Math.max(start, end) === index
      return isLastLane ? (columns[Math.min(start, end)] ?? 0) + labelWidth(label, maxLabel) + ARROW_SPACE : 0
    })
    columns.push(Math.max(forTitle, ...forLabels))
  }
  const lifelines = columns.reduce((line, column) => `${line.padEnd(column)}|`, '')
  const notes = arrows.filter(({ start, end }) => start === end)
  const noteEnds = notes.map(({ start, label }) => (columns[start] ?? 0) + 2 + labelWidth(label, maxLabel))
  const resultColumn = Math.max(lifelines.length, ...noteEnds) + RESULT_SPACE
  return { titles, columns, lifelines, maxLabel, resultColumn }
}

const labelWidth = (label: string, max: number): number => Math.min(widthOf(label), max)

function drawTitles({ titles, columns }: Layout): string {
  return titles.reduce(
    (line, title, index) => `${padTo(line, (columns[index] ?? 0) - Math.floor(widthOf(title) / 2))}${title}`,
    '',
  )
}

const drawGap = (durationMs: number): string =>
  `${' '.repeat(TIME_WIDTH + 2)}... no messages for ${formatDuration(durationMs)} ...`

function drawLine(arrow: LaneArrow, startAt: number, layout: Layout): string {
  const time = ((arrow.at - startAt) / 1_000).toFixed(3).padStart(TIME_WIDTH)
  const drawn = arrow.start === arrow.end ? drawNote(arrow, layout) : drawArrow(arrow, layout)
  const line = `${time}${drawn.slice(TIME_WIDTH)}`
  return arrow.result === '' ? line : `${padTo(line, layout.resultColumn)}${arrow.result}`
}

/** A change of Ringback itself: `* ring timed out` at its lifeline. */
function drawNote({ start, label }: LaneArrow, { columns, lifelines, maxLabel }: Layout): string {
  const column = columns[start] ?? 0
  const note = `* ${cutEnd(label, maxLabel)}`
  return `${lifelines.slice(0, column)}${note}${lifelines.slice(column + widthOf(note))}`
}

function drawArrow(arrow: LaneArrow, { columns, lifelines, maxLabel }: Layout): string {
  const { start, end, isFailed, isDotted } = arrow
  const [left, right] = [columns[Math.min(start, end)] ?? 0, columns[Math.max(start, end)] ?? 0]
  const label = cutEnd(arrow.label, maxLabel)
  const dash = isDotted ? '.' : '-'
  const isToRight = start < end
  const head = isToRight ? headOf(isFailed, '>') : headOf(isFailed, '<')
  const begun = isToRight ? `|${dash}${dash} ${label} ` : `|${head}${dash} ${label} `
  const filled = padTo(begun, right - left - (isToRight ? 1 : 0), dash)
  return `${lifelines.slice(0, left)}${filled}${isToRight ? head : ''}${lifelines.slice(right)}`
}

const headOf = (isFailed: boolean, head: string): string => (isFailed ? 'x' : head)

/** In code points: a name may have characters outside the basic plane. */
const widthOf = (text: string): number => [...text].length

const padTo = (text: string, width: number, filler = ' '): string =>
  text + filler.repeat(Math.max(0, width - widthOf(text)))
