import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

// The numbered tests of this folder show what clients of the calls API need and its documentation does not say. Each
// need was found in a public bot, in a library of Microsoft, or in reports about the real service.

const LAST = 53

const folder = import.meta.dirname
const titles = readdirSync(folder)
  .filter((file) => file.endsWith('.test.ts'))
  .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/^test(?:\.\w+)?\(\s*['"`](.*)['"`],/gm)])
  .map(([, title = '']) => title)
const numbers = titles.flatMap((title) => /^(\d+)\. /.exec(title)?.[1] ?? []).map(Number)

test('every number of the list has exactly one test', () => {
  expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: LAST }, (_, index) => index + 1))
})
