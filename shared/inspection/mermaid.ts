import { type Arrow, listLines } from './arrows.js'
import type { Diagram, Lane } from './diagram.js'
import { cutEnd, formatDuration, toLine } from './labels.js'

// The sequence diagram for Mermaid, which GitHub and many wikis draw.

/** Longer texts make the lanes so wide that the diagram cannot be read. */
const MAX_TITLE = 40
const MAX_TEXT = 100

/** Draws a diagram for Mermaid. */
export function renderMermaid(diagram: Diagram): string {
  const { lanes } = diagram
  const names = new Map(lanes.map(({ id }, index) => [id, `lane${index}`]))
  const all = [names.get(lanes[0]?.id ?? ''), names.get(lanes.at(-1)?.id ?? '')].join(',')
  const lines = listLines(diagram).map((line) =>
    line.type === 'gap'
      ? `Note over ${all}: ${escapeText(`no messages for ${formatDuration(line.durationMs)}`)}`
      : renderArrow(line.arrow, names),
  )
  const participants = lanes.map((lane) => renderLane(lane, names))
  return `${['sequenceDiagram', ...[...participants, ...lines].map((line) => `  ${line}`)].join('\n')}\n`
}

function renderLane({ id, title, kind }: Lane, names: ReadonlyMap<string, string>): string {
  const type = kind === 'person' ? 'actor' : 'participant'
  return `${type} ${names.get(id)} as ${escapeText(cutEnd(toLine(title), MAX_TITLE))}`
}

/** A dotted arrow is not an HTTP request of a bot or to it, and a cross ends an arrow that failed. */
function renderArrow({ from, to, label, result, outcome }: Arrow, names: ReadonlyMap<string, string>): string {
  const text = escapeText(cutEnd(toLine(result === '' ? label : `${label}, ${result}`), MAX_TEXT))
  if (from === to) return `Note over ${names.get(from)}: ${text}`
  const isDotted = [from, to].some((id) => id.startsWith('person:'))
  const arrow = `${isDotted ? '--' : '-'}${outcome === 'failed' ? 'x' : '>>'}`
  return `${names.get(from)}${arrow}${names.get(to)}: ${text}`
}

/**
 * Escapes all but letters, digits and a few harmless characters as `#code;`. In Mermaid `;` ends a statement, `#` and
 * `%%` begin a comment, and texts may have HTML.
 */
const escapeText = (text: string): string =>
  text.replaceAll(/[^\p{L}\p{N} .,()/_-]/gu, (character) => `#${character.codePointAt(0)};`)
