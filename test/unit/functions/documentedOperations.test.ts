import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { baseNameOf, registeredEndpoints } from '../../../shared/http/registerEndpoint.js'
import {
  type DocumentedOperation,
  documentedOperations,
  renderOperationsTable,
} from '../../support/documentedOperations.js'

// The documented operations and the endpoints below `calls` are the same.

for await (const file of glob('functions/**/*.ts')) {
  if (file !== 'functions/index.ts') await import(resolve(file))
}
const endpoints = registeredEndpoints().filter(({ name }) => baseNameOf(name) === name)

/** The endpoints below `calls` that no page of Microsoft documents, with the reason for each. */
const UNDOCUMENTED: Readonly<Record<string, string>> = {
  'call-list': 'for operators; a bot lists no calls in Graph',
}

const samplePath = ({ path, isOnlyBelowApp }: DocumentedOperation) =>
  `${isOnlyBelowApp ? '/beta/app' : '/v1.0/communications'}/calls${path.replaceAll(/\{\w+\}/g, () => randomUUID())}`
const titleOf = ({ method, path }: DocumentedOperation) => `${method} calls${path}`

const cases = documentedOperations.map((operation) => ({ title: titleOf(operation), operation }))

test('36 operations are documented, and three that only the pages of 2018 and 2019 have', () => {
  const current = documentedOperations.filter(({ versions }) => versions.includes('beta'))
  const former = documentedOperations.filter(({ versions }) => !versions.includes('beta'))
  expect([current.length, former.map(({ path }) => path.split('/').at(-1)).toSorted()]).toEqual([
    36,
    ['mute', 'record', 'updateMetadata'],
  ])
  expect(current.filter(({ versions }) => versions.includes('v1.0'))).toHaveLength(34)
  expect(new Set(documentedOperations.map(titleOf)).size).toBe(documentedOperations.length)
})

test.each(cases)('$title is one endpoint, with the name of its function', ({ operation }) => {
  const { method } = operation
  const matching = endpoints.filter(
    (endpoint) => endpoint.method === method && endpoint.route.match(samplePath(operation)),
  )
  expect(matching.map(({ name }) => name)).toEqual([operation.function])
})

test.each(cases)('the test of $title exists and names it', ({ operation }) => {
  const file = `test/integration/functions/${operation.test}`
  expect(existsSync(file), file).toBe(true)
  const name = operation.path.split('/').findLast((segment) => segment && !segment.startsWith('{')) ?? 'calls'
  expect(readFileSync(file, 'utf8')).toContain(name)
})

test('every endpoint below calls is documented, or it is listed with the reason', () => {
  const known = new Set([...documentedOperations.map((operation) => operation.function), ...Object.keys(UNDOCUMENTED)])
  const ofCalls = endpoints.filter(({ route }) => /^\{version:[^}]+\}\/\{area:[^}]+\}\/calls\b/.test(route.text))
  expect(ofCalls.length).toBeGreaterThan(20)
  expect(ofCalls.map(({ name }) => name).toSorted()).toEqual([...known].toSorted())
})

test('the table of docs/api.md shows the documented operations', () => {
  const page = readFileSync('docs/api.md', 'utf8')
  const [, shown] = /<!-- operations -->\n+([\s\S]*?)\n+<!-- end of operations -->/.exec(page) ?? []
  const table = renderOperationsTable()
  if (shown !== table) console.log(`docs/api.md must have this table:\n${table}`)
  expect(shown).toBe(table)
})
