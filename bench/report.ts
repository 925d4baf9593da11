import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { renderChart } from './chart.js'
import type { ResultTable } from './part.js'

/** The results of each part, with the day on which it was measured. */
export type Results = Record<string, { readonly date: string; readonly tables: readonly ResultTable[] }>

const PAGE = 'docs/performance.md'
const PAGE_RESULTS = 'docs/performance'
/** A comment on a line of its own, for each part. */
const SECTION = /(<!-- bench:(\w+) -->\n)[\s\S]*?(<!-- end -->)/g

/** Writes results.json and the charts. */
export function writeResults(directory: string, results: Results): void {
  mkdirSync(directory, { recursive: true })
  const machine = { processors: cpus().length, model: cpus()[0]?.model ?? '', node: process.version }
  writeFileSync(join(directory, 'results.json'), `${JSON.stringify({ machine, parts: results }, null, 2)}\n`)
  for (const table of Object.values(results).flatMap(({ tables }) => tables)) {
    const { title, columns, rows, chart } = table
    if (!chart) continue
    const svg = renderChart({
      title,
      unit: chart.unit,
      labels: rows.map(([label]) => String(label)),
      series: chart.columns.map((column) => ({
        name: columns[column] ?? '',
        values: rows.map((row) => Number(row[column])),
      })),
    })
    writeFileSync(join(directory, `${chart.file}.svg`), svg)
  }
}

/** Replaces the results of these parts in docs/performance.md, and keeps those of the others. */
export function documentResults(results: Results): void {
  const file = join(PAGE_RESULTS, 'results.json')
  const known: Results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).parts : {}
  const all = { ...known, ...results }
  writeResults(PAGE_RESULTS, all)
  writeFileSync(PAGE, fillPage(readFileSync(PAGE, 'utf8'), all))
}

/** Puts the results of each part between its markers. */
export function fillPage(page: string, results: Results): string {
  return page.replaceAll(SECTION, (_, begin: string, name: string, end: string) => {
    const part = results[name]
    return part ? `${begin}\n${renderMarkdown({ [name]: part }, 'performance')}\n${end}` : `${begin}${end}`
  })
}

/** Renders results as tables, and with a directory of charts also as links to these. */
export function renderMarkdown(results: Results, charts?: string): string {
  return Object.entries(results)
    .flatMap(([name, { date, tables }]) => [
      `Part \`${name}\`, measured on ${date}.\n`,
      ...tables.map((table) => renderTable(table, charts)),
    ])
    .join('\n')
}

function renderTable({ title, columns, rows, chart }: ResultTable, charts: string | undefined): string {
  const toRow = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  const image = chart && charts ? `\n![${title}](${charts}/${chart.file}.svg)\n` : ''
  const divider = toRow(columns.map((_, index) => (index === 0 ? '---' : '---:')))
  return `**${title}**\n\n${[toRow(columns), divider, ...rows.map(toRow)].join('\n')}\n${image}`
}
