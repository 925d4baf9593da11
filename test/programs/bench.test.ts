import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import type { Results } from '../../bench/report.js'

// `npm run bench`, with a tenth of its work.

const run = promisify(execFile)
const BENCH = ['--enable-source-maps', 'dist/bench/run.js']

test('a part of the benchmark prints a table, and writes its results and a chart', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ringback-bench-test-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const { stdout, stderr } = await run(process.execPath, [...BENCH, '--quick', '--only', 'latency', '--out', directory])
  expect(stderr).toContain('too little to compare')
  expect(stderr).toContain(`The results are in ${directory}.`)
  expect(stdout).toMatch(/^\| load \| samples \| Ringback, ms \| plain app, ms \| ratio \|$/m)

  const { machine, parts } = JSON.parse(await readFile(join(directory, 'results.json'), 'utf8'))
  expect(machine).toEqual({ processors: expect.any(Number), model: expect.any(String), node: process.version })
  expect(Object.keys(parts)).toEqual(['latency'])
  const [table] = (parts as Results).latency?.tables ?? []
  expect(table?.rows).toHaveLength(4)
  for (const [label, ...values] of table?.rows ?? []) {
    expect(values, String(label)).toHaveLength((table?.columns.length ?? 0) - 1)
    for (const value of values) expect(value, String(label)).toBeGreaterThan(0)
  }
  expect(await readFile(join(directory, 'latency.svg'), 'utf8')).toMatch(/^<svg [\s\S]*<rect [\s\S]*<\/svg>\n$/)
})

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
