/**
 * `npm run capacity [-- --write]` prints what many calls need and cost, calculated from the counts of one call in
 * docs/scale.md. `--write` puts the tables into docs/scale.md.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { renderTables } from './capacityModel.ts'
import { fillPage, readCounts } from './capacityPage.ts'
import { readOptions } from './options.ts'

const PAGE = 'docs/scale.md'

const { write } = readOptions({
  usage: 'Usage: npm run capacity [-- --write]',
  options: { write: { type: 'boolean', default: false } },
}).values
const page = readFileSync(PAGE, 'utf8')
const tables = renderTables(readCounts(page))
for (const table of Object.values(tables)) console.log(`${table}\n`)
if (write) writeFileSync(PAGE, fillPage(page, tables))
