import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { endpoints } from '../../shared/graphFunction.js'

// Every function is in the README, and every file of functions/ is a function.

interface SourceFile {
  readonly file: string
  readonly text: string
}
const REGISTRATION = /\b(graphFunction|httpFunction|queueFunction|app\.http|app\.timer)(?:<\w+>)?\(/g

const sources: SourceFile[] = []
for await (const file of glob('functions/**/*.ts')) sources.push({ file, text: readFileSync(file, 'utf8') })
const functions = sources.map(({ file, text }) => {
  const [, name = ''] = /\bname: '([^']+)'/.exec(text) ?? /\bapp\.\w+\('([^']+)'/.exec(text) ?? []
  const [, method = ''] = /\bmethod: '([A-Z]+)'/.exec(text) ?? []
  // A path that is put together is compared as far as it is written out.
  const [, path = ''] = /\bpath: ['`]([^'`]+?)(?:\/\{\w+:.*)?['`]/.exec(text) ?? []
  const [, action] = /\baction: '([^']+)'/.exec(text) ?? []
  const [, queueName = ''] = /\bqueueName: '([^']+)'/.exec(text) ?? []
  const isHttp = /\b(graphFunction|httpFunction)\b/.test(text.replaceAll(/^import .*$/gm, ''))
  return {
    file,
    text,
    name,
    method,
    path: action ? `${path}/${action}` : path,
    queueName,
    isHttp,
    kind: text.match(REGISTRATION),
  }
})

test('functions/ has not been lost on the way here', () => {
  expect(functions.length).toBeGreaterThan(15)
})

test.each(functions)('$file registers exactly one function, and names it', ({ kind, name }) => {
  expect(kind).toHaveLength(1)
  expect(name).not.toBe('')
})

test('no two functions have the same name', () => {
  const names = functions.map(({ name }) => name.toLowerCase())
  expect(names).toEqual([...new Set(names)])
})

test.each(functions.filter(({ isHttp }) => isHttp))(
  '$file says who may use it, how and where',
  ({ text, method, path }) => {
    expect(text).toMatch(/^ {2}permissions: /m)
    expect(method).not.toBe('')
    expect(path).not.toBe('')
  },
)

test('the host takes the first name whose route matches, so the function that takes everything comes last', () => {
  const others = functions.map(({ name }) => name.toUpperCase()).filter((name) => name !== 'UNKNOWN-PATH')
  const registered = others.flatMap((name) => [name, `${name}-APPLICATION`, `${name}-ME`])

  expect(others).toHaveLength(functions.length - 1)
  expect(registered.filter((name) => name > 'UNKNOWN-PATH')).toEqual([])
})

/** The lines of the README's tables, by the name that stands in the first column in backticks. */
function readmeRows(): Map<string, string> {
  const lines = readFileSync('README.md', 'utf8').split('\n')
  return new Map(
    lines.flatMap((line) => [...line.matchAll(/^\|\s*`([\w-]+)`\s*\|/g)].map(([, name = '']) => [name, line])),
  )
}

test.each(functions)('the README has $name in a table, with where it listens', ({ name, method, path, queueName }) => {
  const row = readmeRows().get(name)

  expect(row, `a line of a table that begins with | \`${name}\` |`).toBeDefined()
  for (const word of [method, path, queueName].filter(Boolean)) expect(row).toContain(word)
})

// The definitions are the one table of who may do what; the README's column says the same.
for (const { file } of functions) await import(`../../${file}`)
const columnOf = (name: string) => readmeRows().get(name)?.split('|').at(-2)?.trim() ?? ''

test.each(endpoints().filter(({ name }) => !/-(application|me)$/.test(name)))(
  'the README has the permissions that $name asks for',
  ({ name, permissions }) => {
    const column = columnOf(name)
    if (permissions === 'open') return expect(column).toMatch(/^open/)
    const named = permissions.flatMap((one) => ('anyOf' in one ? one.anyOf : [one])).map(([first]) => first)
    expect(new Set(column.match(/\b[A-Z]\w+(?:\.\w+)+/g) ?? [])).toEqual(new Set(named))
    if (named.length === 0) expect(column).toMatch(/^a token/)
  },
)
