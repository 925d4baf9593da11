import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test, vi } from 'vitest'
import { registeredEndpoints } from '../../../shared/http/registerEndpoint.js'
import { buildDocument } from '../../../shared/openapi/document.js'
import { notificationExamples } from '../../../shared/openapi/examples.js'
import type { Service } from '../../../shared/service/service.js'
import { registerFunctions, requestInProcess } from '../../support/inProcess.js'
import { OpenApiCheck } from '../../support/openApiCheck.js'
import { createServiceFixture } from '../../support/serviceFixture.js'

// The OpenAPI document: that it is valid, complete, and served.

let service: Service
vi.mock('../../../shared/service/processService.js', async (original) => ({
  ...(await original<typeof import('../../../shared/service/processService.js')>()),
  getService: () => service,
}))

await registerFunctions()
const document = buildDocument(registeredEndpoints())
const operations = Object.values(document.paths).flatMap((path) => Object.values(path))

test('docs/openapi.json is the document of the endpoints; -u writes it', async () => {
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('../../../docs/openapi.json')
})

test('the document is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(structuredClone({ ...document }))
  expect(result).toMatchObject({ valid: true })
})

test('every endpoint has a summary and replies, except those of the inspector', () => {
  const undocumented = registeredEndpoints().filter(({ replies, summary }) => !(replies && summary))
  expect(undocumented.map(({ name }) => name).filter((name) => !/^(inspector|docs)-/.test(name))).toEqual([])
})

test('every operation has an id of its own', () => {
  const ids = operations.map(({ operationId }) => operationId)
  expect(ids).toEqual([...new Set(ids)])
})

test('every body of a request has an example that the endpoint accepts', () => {
  const withBody = registeredEndpoints().filter(({ body, replies }) => body && replies)
  const problems = withBody.flatMap(({ name, body, example }) => {
    const result = body?.safeParse(example)
    return result?.success ? [] : `${name}: ${result?.error.message}`
  })
  expect(problems).toEqual([])
})

test('every example of a reply or a notification has all of the properties that the document requires, and no others', () => {
  const check = new OpenApiCheck(document)
  const { schemas } = document.components as { schemas: Record<string, { examples?: unknown[] }> }
  const resources = Object.entries(schemas).flatMap(([name, { examples = [] }]) =>
    examples.map((example) => [name, check.findComponentProblem(name, example)]),
  )
  const notifications = (['app', 'communications'] as const).flatMap((dialect) =>
    notificationExamples(dialect).map(({ name, value }) => [name, check.findNotificationProblem(dialect, value)]),
  )
  expect(resources.length).toBeGreaterThan(5)
  expect(notifications.length).toBeGreaterThan(20)
  expect([...resources, ...notifications].filter(([, problem]) => problem !== undefined)).toEqual([])
})

test('a permission with alternatives is a choice of requirements', () => {
  const { delete: operation } = document.paths['/v1.0/communications/calls/{callId}/participants/{participantId}'] ?? {}
  expect(operation?.security).toEqual([
    { bearer: ['Calls.JoinGroupCallAsGuest.All'] },
    { bearer: ['Calls.JoinGroupCall.All'] },
  ])
})

test('the replies of an operation are those of the dialect of its path', () => {
  const statusesOf = (path: string) => Object.keys(Object(document.paths[path]?.post?.responses))
  expect(statusesOf('/v1.0/communications/calls/{callId}/answer')).toContain('202')
  expect(statusesOf('/beta/app/calls/{callId}/answer')).toContain('200')
  expect(statusesOf('/beta/app/calls/{callId}/answer')).not.toContain('202')
})

const get = (headers = {}) => requestInProcess('', { method: 'GET', path: '/openapi.json', headers })

test('GET /openapi.json returns the document, and 304 for its ETag', async () => {
  service = createServiceFixture().service
  const { status, headers, body } = await get()
  expect(status).toBe(200)
  expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(document)))
  expect(await get({ 'if-none-match': headers.ETag })).toMatchObject({ status: 304, body: '' })
  expect(await get({ 'if-none-match': '"another"' })).toMatchObject({ status: 200 })
})

test('the document leaves out what the settings disable', async () => {
  service = createServiceFixture({ SIMULATOR: 'false' }).service
  const { paths } = JSON.parse((await get()).body)
  expect(Object.keys(paths)).toContain('/bots/{applicationId}')
  expect(Object.keys(paths)).not.toContain('/simulator/calls')
})
