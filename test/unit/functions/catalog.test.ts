import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { registeredEndpoints } from '../../../shared/http/registerEndpoint.js'

// Every function is in docs/api.md, and every file of functions/ but index.ts registers one.

interface SourceFile {
  readonly file: string
  readonly text: string
}
const REGISTRATION = /^(register\w+|app\.http|app\.timer)\(/gm

const sources: SourceFile[] = []
for await (const file of glob('functions/**/*.ts')) {
  if (file !== 'functions/index.ts') sources.push({ file, text: readFileSync(file, 'utf8') })
}
const functions = sources.map(({ file, text }) => {
  const [, name = ''] = /\bname: '([^']+)'/.exec(text) ?? /\bapp\.\w+\('([^']+)'/.exec(text) ?? []
  const isCallAction = text.includes('registerCallAction(')
  const [, method = isCallAction ? 'POST' : ''] = /\bmethod: '([A-Z]+)'/.exec(text) ?? []
  // A path that is put together is compared as far as it is written out.
  const [, path = isCallAction ? 'calls/{callId}' : ''] = /\bpath: ['`]([^'`]+?)(?:\/\{\w+:.*)?['`]/.exec(text) ?? []
  const [, action] = /\baction: '([^']+)'/.exec(text) ?? []
  const suffix = text.includes('registerRequeueFunction(') ? '-poison' : ''
  const [, queueName] = /\bqueueName: '([^']+)'/.exec(text) ?? []
  const isHttp = /^register(Graph|Text)?Endpoint\(|^registerCallAction\(/m.test(text)
  return {
    file,
    text,
    name,
    method,
    path: action ? `${path}/${action}` : path,
    queueName: queueName === undefined ? '' : queueName + suffix,
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
function apiRows(): Map<string, string> {
  const lines = readFileSync('docs/api.md', 'utf8').split('\n')
  return new Map(
    lines.flatMap((line) => [...line.matchAll(/^\|\s*`([\w-]+)`\s*\|/g)].map(([, name = '']) => [name, line])),
  )
}

test.each(functions)('docs/api.md has $name in a table, with where it listens', ({ name, method, path, queueName }) => {
  const row = apiRows().get(name)

  expect(row, `a line of a table that begins with | \`${name}\` |`).toBeDefined()
  for (const word of [method, path, queueName].filter(Boolean)) expect(row).toContain(word)
})

// The definitions are the one table of who may do what; the README's column says the same.
for (const { file } of functions) await import(`../../../${file}`)
const columnOf = (name: string) => apiRows().get(name)?.split('|').at(-2)?.trim() ?? ''

test.each(registeredEndpoints().filter(({ name }) => !/-(application|me)$/.test(name)))(
  'docs/api.md has the permissions that $name asks for',
  ({ name, permissions }) => {
    const column = columnOf(name)
    if (permissions === 'open') return expect(column).toMatch(/^open/)
    const named = permissions.flatMap((one) => ('anyOf' in one ? one.anyOf : [one])).map(([first]) => first)
    expect(new Set(column.match(/\b[A-Z]\w+(?:\.\w+)+/g) ?? [])).toEqual(new Set(named))
    if (named.length === 0) expect(column).toMatch(/^a token/)
  },
)
