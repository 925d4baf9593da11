import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { TableServiceClient } from '@azure/data-tables'
import { expect, onTestFinished, test } from 'vitest'
import { startSeedableStorage } from '../../bench/host.js'
import type { Cell, ResultTable } from '../../bench/part.js'
import type { Results } from '../../bench/report.js'
import { AzureTables, createStorage } from '../../shared/storage/azure.js'

// `npm run bench`, with a tenth of its work.

const run = promisify(execFile)
const BENCH = ['--enable-source-maps', 'dist/bench/run.js']
/** A quick run takes two minutes on a quiet machine. */
const PATIENTLY = { timeout: 15 * 60_000 }

test('a quick run prints the tables of all parts, and writes their results and charts', PATIENTLY, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-bench-test-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const { stdout, stderr } = await run(process.execPath, [...BENCH, '--quick', '--out', directory])
  expect(stderr).toContain('too little to compare')
  expect(stderr).toContain(`The results are in ${directory}.`)

  const { machine, parts } = JSON.parse(await readFile(join(directory, 'results.json'), 'utf8'))
  expect(machine).toEqual({ processors: expect.any(Number), model: expect.any(String), node: process.version })
  expect(Object.keys(parts)).toEqual(['floor', 'plain', 'cost', 'latency', 'start', 'growth'])
  const documented: Results = JSON.parse(await readFile('docs/performance/results.json', 'utf8')).parts
  for (const [name, { tables }] of Object.entries(parts as Results)) {
    const expected = documented[name]?.tables ?? []
    expect(tables.map(({ title, columns, chart }) => ({ title, columns, chart }))).toEqual(
      expected.map(({ title, columns, chart }) => ({ title, columns, chart })),
    )
    for (const table of tables) {
      expect(stdout).toContain(`**${table.title}**`)
      expectNumbers(table)
      if (table.chart) expectChart(await readFile(join(directory, `${table.chart.file}.svg`), 'utf8'))
    }
  }
  expectDocumentedCosts(parts.cost.tables[0].rows, documented.cost?.tables[0]?.rows ?? [])
})

function expectNumbers({ title, columns, rows }: ResultTable): void {
  for (const [label, ...values] of rows) {
    expect(values, `${title}, ${label}`).toHaveLength(columns.length - 1)
    for (const value of values) expect(value === '-' || Number(value) >= 0, `${title}, ${label}: ${value}`).toBe(true)
  }
}

function expectChart(svg: string): void {
  expect(svg).toMatch(/^<svg [\s\S]*<rect [\s\S]*<\/svg>\n$/)
  expect(svg).not.toContain('NaN')
}

/** Deliveries and timers that overlap add a request or two. */
const MAX_OVERLAPS = 2

/** Compares the requests of each operation, in total and to the queues: the receives and deletes are those of the host. */
function expectDocumentedCosts(measured: readonly (readonly Cell[])[], documented: readonly (readonly Cell[])[]): void {
  expect(measured.map(([operation]) => operation)).toEqual(documented.map(([operation]) => operation))
  for (const [index, [operation, ...counts]] of measured.entries()) {
    for (const [column, count] of counts.entries()) {
      const expected = documented[index]?.[column + 1]
      if (expected === '-') continue
      const difference = Math.abs(Number(count) - Number(expected))
      expect(difference, `${operation}: ${count}, documented: ${expected}`).toBeLessThanOrEqual(MAX_OVERLAPS)
    }
  }
}

test.each([
  [['--only', 'speed'], "There is no part 'speed'."],
  [['--fast'], '--fast'],
  [['--quick', '--document'], 'A quick run measures too little to be documented.'],
])('%o is refused with the usage', async (args, message) => {
  await expect(run(process.execPath, [...BENCH, ...args])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(RegExp(`${message}[\\s\\S]*Usage: npm run bench`)),
  })
})

test('the part growth stores many calls as copies of the first one', async () => {
  const storage = await startSeedableStorage()
  onTestFinished(() => storage.stop())
  await createStorage(storage.connection)
  const tables = new AzureTables(storage.connection)
  const insert = (rowKey: string, value: unknown) => ({ type: 'insert', rowKey, value }) as const
  await tables.write('calls', 'first', [
    insert('call', { id: 'first', hasPendingWakeUp: true }),
    insert('delivery', {}),
  ])
  await tables.write('watchdog', '000000000001', [insert('first', {})])
  await tables.write('bots', 'bot', [insert('bot', {})])
  await TableServiceClient.fromConnectionString(storage.connection, { allowInsecureConnection: true }).createTable(
    'copies2',
  )

  const rows = await tables.list('calls', { to: '~' })
  const callIds = [...new Set(rows.map(({ partitionKey }) => partitionKey))]
  expect(callIds).toHaveLength(3)
  expect(rows.map(({ partitionKey, rowKey, value }) => [partitionKey, rowKey, value])).toEqual(
    callIds.flatMap((id) => [
      [id, 'call', { id, hasPendingWakeUp: id === 'first' }],
      [id, 'delivery', {}],
    ]),
  )
  // The sweep inspects the copies 45 minutes after the first call.
  const copyIds = callIds.filter((id) => id !== 'first')
  const entries = await tables.list('watchdog', { to: '~' })
  expect(entries.map(({ partitionKey, rowKey }) => [partitionKey, rowKey])).toEqual([
    ['000000000001', 'first'],
    ...copyIds.map((id) => ['000000000541', id]),
  ])
  expect(await tables.list('bots', { to: '~' })).toHaveLength(1)
  // A copy can be changed as every other row.
  const [id = ''] = copyIds
  const { etag = '' } = (await tables.get('calls', id, 'call')) ?? {}
  await tables.write('calls', id, [{ type: 'replace', rowKey: 'call', value: { id, endedAt: 1 }, etag }])
  expect((await tables.get('calls', id, 'call'))?.value).toEqual({ id, endedAt: 1 })
})
