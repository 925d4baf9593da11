import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

// What the clients of the calls API need, that its documentation does not say: the numbered tests of this folder, each of
// which was seen in a public bot, in one of Microsoft's libraries, or in what people report of the real service.

/** What has no test, because nothing can be recorded yet. */
const MISSING: Readonly<Record<number, string>> = {
  23: 'where a recording is fetched',
  24: 'what a recording is asked for with',
}
const LAST = 48

const folder = import.meta.dirname
const titles = readdirSync(folder)
  .filter((file) => file.endsWith('.test.ts'))
  .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/^test(?:\.\w+)?\(\s*['"`](.*)['"`],/gm)])
  .map(([, title = '']) => title)
const numbers = titles.flatMap((title) => /^(\d+)\. /.exec(title)?.[1] ?? []).map(Number)

test('every number of the list has exactly one test', () => {
  const all = Array.from({ length: LAST }, (_, index) => index + 1).filter((number) => !(number in MISSING))

  expect(numbers.toSorted((a, b) => a - b)).toEqual(all)
})
