import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { listOperationNames } from '../../../shared/http/operationNames.js'
import { baseNameOf, registeredEndpoints } from '../../../shared/http/registerEndpoint.js'
import { buildDocument } from '../../../shared/openapi/document.js'
import { replaceTables } from '../../support/apiTables.js'

// Every file of functions/ except index.ts registers a function, and docs/api.md lists it.

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
  // Of a path that is a template, the part before the first expression is compared.
  const [, path = isCallAction ? 'calls/{callId}' : ''] = /\bpath: ['`]([^'`]+?)(?:\/\{\w+:.*)?['`]/.exec(text) ?? []
  const [, action] = /\baction: '([^']+)'/.exec(text) ?? []
  const suffix = text.includes('registerRequeueFunction(') ? '-poison' : ''
  const [, queueName] = /\bqueueName: '([^']+)'/.exec(text) ?? []
  const isHttp = /^register(Graph|Text|File)?Endpoint\(|^registerCallAction\(/m.test(text)
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

test('the catalog reads the files of functions/', () => {
  expect(functions.length).toBeGreaterThan(15)
})

test.each(functions)('$file registers exactly one function with a name', ({ kind, name }) => {
  expect(kind).toHaveLength(1)
  expect(name).not.toBe('')
})

test('every function has a different name', () => {
  const names = functions.map(({ name }) => name.toLowerCase())
  expect(names).toEqual([...new Set(names)])
})

test.each(functions.filter(({ isHttp }) => isHttp))(
  '$file declares permissions, a method and a path',
  ({ text, method, path }) => {
    expect(text).toMatch(/^ {2}permissions: /m)
    expect(method).not.toBe('')
    expect(path).not.toBe('')
  },
)

test('unknown-path is the last name, because the host calls the first function by name whose route matches', () => {
  const others = functions.map(({ name }) => name.toUpperCase()).filter((name) => name !== 'UNKNOWN-PATH')
  const registered = others.flatMap((name) => [name, `${name}-APPLICATION`, `${name}-ME`])

  expect(others).toHaveLength(functions.length - 1)
  expect(registered.filter((name) => name > 'UNKNOWN-PATH')).toEqual([])
})

/** The rows of the tables in docs/api.md, by the name in backticks in their first column. */
function readApiRows(): Map<string, string> {
  const lines = readFileSync('docs/api.md', 'utf8').split('\n')
  return new Map(
    lines.flatMap((line) => [...line.matchAll(/^\|\s*`([\w-]+)`\s*\|/g)].map(([, name = '']) => [name, line])),
  )
}

test.each(functions)('docs/api.md lists $name with its method, path or queue', ({ name, method, path, queueName }) => {
  const row = readApiRows().get(name)

  expect(row, `the row of a table that begins with | \`${name}\` |`).toBeDefined()
  for (const part of [method, path, queueName].filter(Boolean)) expect(row).toContain(part)
})

for (const { file } of functions) await import(resolve(file))
const document = buildDocument(registeredEndpoints())

test('the tables of docs/api.md come from the OpenAPI document; -u writes them', async () => {
  const tables = replaceTables(readFileSync('docs/api.md', 'utf8'), document)
  await expect(tables).toMatchFileSnapshot('../../../docs/api.md')
})

test.each(registeredEndpoints().filter(({ name, replies }) => baseNameOf(name) === name && !replies))(
  'docs/api.md lists the permissions of $name, which is not in the OpenAPI document',
  ({ name, permissions }) => {
    const column = readApiRows().get(name)?.split('|').at(-2)?.trim() ?? ''
    if (permissions === 'open') return expect(column).toMatch(/^open/)
    const names = permissions.flatMap((permission) => ('anyOf' in permission ? permission.anyOf : [permission]))
    expect(column).toBe(names.map(([first]) => first).join(' or '))
  },
)

test.each(registeredEndpoints().filter(({ permissionNote, permissions }) => permissionNote && permissions !== 'open'))(
  'the note about the permissions of $name names all of them',
  ({ permissions, permissionNote }) => {
    const all = permissions === 'open' ? [] : permissions
    const names = all.flatMap((permission) => ('anyOf' in permission ? permission.anyOf : [permission]))
    expect((permissionNote?.match(/\b[A-Z]\w+(?:\.\w+)+/g) ?? []).toSorted()).toEqual(
      names.map(([name]) => name).toSorted(),
    )
  },
)

test.each(
  registeredEndpoints().filter(
    ({ requiredPermissions, requiredPermissionsForCall }) => requiredPermissions ?? requiredPermissionsForCall,
  ),
)('$name says when which permission is required', ({ permissionNote }) => {
  expect(permissionNote).toBeDefined()
})

test('docs/api.md lists the names of the operations', () => {
  const [, listed = ''] = /<!-- operation names -->([\s\S]*?)<!--/.exec(readFileSync('docs/api.md', 'utf8')) ?? []
  expect([...listed.matchAll(/`([^`]+)`/g)].map(([, name]) => name)).toEqual(listOperationNames())
})
