import type { OpenApiDocument } from '../../shared/openapi/document.js'

// The tables of docs/api.md that list the functions: they come from the OpenAPI document.

/** A table stands between `<!-- functions: Calls, Participants -->`, which names its groups, and this marker. */
const TABLE = /(<!-- functions: (.+?) -->\n)[\s\S]*?(\n<!-- end of functions -->)/g
/** What the paths of Graph begin with; the text above a table says it. */
const START = /^\/(v1\.0\/communications|beta\/app|v1\.0\/users\/\{userId\})?\/?/
const TITLES = ['Function', 'Address', 'Purpose', 'Application permission']

/** Replaces the tables in the text of docs/api.md. */
export function replaceTables(text: string, document: OpenApiDocument): string {
  return text.replaceAll(TABLE, (_, start: string, tags: string, end: string) => {
    return `${start}\n${renderTable(document, tags.split(', '))}\n${end}`
  })
}

function renderTable({ paths }: OpenApiDocument, tags: readonly string[]): string {
  const rows = new Map<string, string>()
  for (const [path, operations] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const name = operation['x-ringback-function']
      if (!tags.some((tag) => operation.tags.includes(tag)) || rows.has(name)) continue
      const address = `\`${method.toUpperCase()} ${path.replace(START, '')}\``
      rows.set(name, toRow([`\`${name}\``, address, operation.summary ?? '', operation['x-ringback-permission']]))
    }
  }
  return [toRow(TITLES), toRow(TITLES.map(() => '---')), ...rows.values()].join('\n')
}

const toRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
