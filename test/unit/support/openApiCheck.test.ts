import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { OpenApiCheck } from '../../support/openApiCheck.js'

// What the comparison with the OpenAPI document refuses.

const check = new OpenApiCheck(JSON.parse(readFileSync('docs/openapi.json', 'utf8')))
const CALL_ID = 'c35c9f6c-f11e-4d8c-a644-b3f27c329d9c'
const calls = '/v1.0/communications/calls'
const created = (reply: object) =>
  check.findReplyProblem({ method: 'POST', path: '/simulator/calls', status: 201, reply: JSON.stringify(reply) })

test('a reply has the properties of the document and no others', () => {
  expect(created({ id: CALL_ID })).toBeUndefined()
  expect(created({})).toContain("must have required property 'id'")
  expect(created({ id: CALL_ID, secret: 1 })).toContain('secret')
  expect(created({ id: 'x' })).toContain('must match pattern')
})

test('a status that the document does not have is a problem, and so is a body', () => {
  const deleted = { method: 'DELETE', path: `${calls}/${CALL_ID}`, status: 204, reply: '' }
  expect(check.findReplyProblem(deleted)).toBeUndefined()
  expect(check.findReplyProblem({ ...deleted, status: 200 })).toContain('no status 200')
  expect(check.findReplyProblem({ ...deleted, reply: '{}' })).toContain('no body')
})

test('an error has the error body of Graph, also where there is no endpoint', () => {
  for (const path of [`${calls}/${CALL_ID}`, '/nowhere']) {
    expect(check.findReplyProblem({ method: 'GET', path, status: 404, reply: '{"error":"x"}' })).toContain('not valid')
  }
  expect(check.findReplyProblem({ method: 'GET', path: '/nowhere', status: 200, reply: '{}' })).toContain('not in')
})

test('the reply is in the dialect of the path, in every spelling', () => {
  const answered = (path: string, status: number, reply: string) =>
    check.findReplyProblem({ method: 'POST', path, status, reply })
  const operation = {
    ...{ id: 'A'.repeat(32), status: 'running' },
    ...{ createdDateTime: '2026-01-31T09:30:00Z', lastActionDateTime: '2026-01-31T09:30:00Z' },
  }
  for (const start of ['/app', '/BETA/app', `/v1.0/applications/${CALL_ID}`, '//beta//app']) {
    const path = `${start}/calls/${CALL_ID}/microsoft.graph.answer`
    expect(answered(path, 200, JSON.stringify(operation))).toBeUndefined()
    expect(answered(path, 202, '')).toContain('no status 202')
  }
  expect(answered(`${calls}/${CALL_ID}/answer`, 202, '')).toBeUndefined()
})

test('a reply to a request with $select may leave out properties, or have null for them', () => {
  const read = (query: string, reply: object) =>
    check.findReplyProblem({
      ...{ method: 'GET', path: `${calls}/${CALL_ID}${query}`, status: 200 },
      reply: JSON.stringify({ '@odata.type': '#microsoft.graph.call', ...reply }),
    })
  expect(read('?$select=state,transcription', { state: 'established', transcription: null })).toBeUndefined()
  expect(read('?$select=state', { state: 'tired' })).toContain('/state')
  expect(read('?$select=state', { secret: 1 })).toContain('secret')
  expect(read('', { state: 'established' })).toContain('must have required property')
})

test('a batch is valid under both versions', () => {
  const sent = (path: string, reply: object) =>
    check.findReplyProblem({ method: 'POST', path, status: 200, reply: JSON.stringify(reply) })
  for (const version of ['v1.0', 'BETA']) {
    expect(sent(`/${version}/$batch`, { responses: [{ id: '1', status: 204, headers: {} }] })).toBeUndefined()
    expect(sent(`/${version}/$batch`, { responses: [{ status: 204 }] })).toContain("required property 'id'")
  }
})

test('a request has a valid body; the case of enumerations and nulls do not matter', () => {
  const rejected = (body: unknown) => check.findRequestProblem({ method: 'POST', path: `${calls}/x/reject`, body })
  const path = `${calls}/${CALL_ID}/reject`
  const problemOf = (body: unknown) => check.findRequestProblem({ method: 'POST', path, body })
  expect(problemOf({ reason: 'Busy', callbackUri: null })).toBeUndefined()
  expect(problemOf(undefined)).toBeUndefined()
  expect(problemOf({ reason: 'tired' })).toContain('/reason')
  expect(rejected({})).toContain('callId')
})

test('a notification is one of the dialect', () => {
  expect(check.findNotificationProblem('app', { value: [] })).toContain('not valid')
})
