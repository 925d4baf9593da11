import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fillPage, type Results, renderMarkdown } from '../../../bench/report.js'
import { percentile } from '../../../bench/statistics.js'

const RESULTS: Results = {
  cost: { date: '2026-01-31', tables: [{ title: 'Requests', columns: ['operation', 'total'], rows: [['get', 1]] }] },
}

test('docs/performance.md shows the results in docs/performance/results.json, and no other numbers', () => {
  const { parts } = JSON.parse(readFileSync('docs/performance/results.json', 'utf8'))
  const page = readFileSync('docs/performance.md', 'utf8')
  expect(fillPage(page, parts)).toBe(page)
  for (const [, chart = ''] of page.matchAll(/!\[.*?\]\((.*?)\)/g)) expect(existsSync(`docs/${chart}`)).toBe(true)
})

test('results are rendered as tables', () => {
  expect(renderMarkdown(RESULTS)).toBe(
    'Part `cost`, measured on 2026-01-31.\n\n**Requests**\n\n| operation | total |\n| --- | ---: |\n| get | 1 |\n',
  )
})

test('results replace what is between the markers of their part', () => {
  const page = 'a\n<!-- bench:cost -->\nold\n<!-- end -->\nb\n<!-- bench:floor -->\nold\n<!-- end -->\n'
  const filled = fillPage(page, RESULTS)
  expect(filled).toBe(
    `a\n<!-- bench:cost -->\n\n${renderMarkdown(RESULTS)}\n<!-- end -->\nb\n<!-- bench:floor -->\n<!-- end -->\n`,
  )
  expect(fillPage(filled, RESULTS)).toBe(filled)
})

test('a percentile is the smallest value that is at least as large as this share of the values', () => {
  expect([0.5, 0.99, 1].map((share) => percentile([4, 1, 3, 2], share))).toEqual([2, 4, 4])
})
