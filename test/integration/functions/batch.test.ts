import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import {
  COMMUNICATIONS,
  callBody,
  dialects,
  establishCall,
  expectError,
  lastId,
  newBot,
} from '../../support/scenarios.js'
import { fetchToken, send, type TestBot, type TestReply } from '../../support/testBot.js'

// A JSON batch has several requests, and each of them gets the reply that it gets alone.

interface Part {
  readonly id: string
  readonly status: number
  readonly headers: Record<string, string>
  // biome-ignore lint/suspicious/noExplicitAny: a test knows what it expects.
  readonly body?: any
}
const CALLS = '/communications/calls'
const JSON_HEADERS = { 'Content-Type': 'application/json' }

const post = (bot: TestBot, requests: unknown, headers?: Record<string, string>): Promise<TestReply> =>
  bot.request('POST', '/v1.0/$batch', { requests }, headers)
async function batch(bot: TestBot, requests: readonly object[], headers?: Record<string, string>): Promise<Part[]> {
  const { status, body } = await post(bot, requests, headers)
  expect(status).toBe(200)
  return body.responses
}
const statuses = (parts: readonly Part[]) => parts.map(({ id, status }) => `${id} ${status}`)
const createRequest = (bot: TestBot, id: string, url = CALLS) => ({
  ...{ id, method: 'POST', url, headers: JSON_HEADERS },
  body: callBody(bot),
})

test.each(dialects)('$dialect: each request of a batch gets the reply that it gets alone', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  const [, version, ...below] = call.split('/')
  const requests = [
    { id: 'a', method: 'GET', url: `/${below.join('/')}` },
    { id: 'b', method: 'get', url: `${below.join('/')}/participants` },
    { id: 'c', method: 'GET', url: `${below.slice(0, -1).join('/')}/${randomUUID()}` },
  ]
  const reply = await bot.request('POST', `/${version}/$batch`, { requests })
  expect(reply.status).toBe(200)
  const [get, list, unknown] = reply.body.responses as [Part, Part, Part]
  const json = expect.objectContaining({ 'Content-Type': 'application/json; charset=utf-8' })
  expect(get).toEqual({ id: 'a', status: 200, headers: json, body: (await bot.request('GET', call)).body })
  expect(list.body).toEqual((await bot.request('GET', `${call}/participants`)).body)
  expect(unknown).toMatchObject({ status: 404, headers: json, body: { error: { code: '8522' } } })
})

test('a batch creates a call, and a request that depends on a later one waits for it', async () => {
  const bot = await newBot()
  const [second, first] = await batch(bot, [
    { id: 'second', method: 'GET', url: `${CALLS}/${randomUUID()}`, dependsOn: ['FIRST'] },
    createRequest(bot, 'first'),
  ])
  expect(first).toMatchObject({ status: 201, headers: { Location: expect.stringContaining(first?.body.id) } })
  expect(second).toMatchObject({ id: 'second', status: 404 })
  await bot.waitFor(2)
})

test('a request without a reply body has none in the batch', async () => {
  const bot = await newBot()
  const call = lastId(await establishCall(bot, COMMUNICATIONS))
  const [keepAlive, hangUp] = await batch(bot, [
    { id: '1', method: 'POST', url: `${CALLS}/${call}/keepAlive` },
    { id: '2', method: 'DELETE', url: `${CALLS}/${call}`, dependsOn: ['1'] },
  ])
  expect(keepAlive).toEqual({ id: '1', status: 200, headers: expect.any(Object) })
  expect(hangUp).toEqual({ id: '2', status: 204, headers: expect.any(Object) })
})

test('what depends on a failed request is not carried out, directly or not, and the rest is', async () => {
  const bot = await newBot()
  const unknown = `${CALLS}/${randomUUID()}`
  const parts = await batch(bot, [
    { id: '1', method: 'GET', url: unknown },
    { ...createRequest(bot, '2'), dependsOn: ['1'] },
    { ...createRequest(bot, '3'), dependsOn: ['2'] },
    createRequest(bot, '4'),
  ])
  expect(statuses(parts)).toEqual(['1 404', '2 424', '3 424', '4 201'])
  expect(parts[1]?.body.error).toMatchObject({
    code: 'FailedDependency',
    message: 'The request was not carried out, because the request 1 has failed.',
    innerError: { 'request-id': expect.any(String) },
  })
  await bot.waitFor(2)
  expect(new Set(bot.received.map(({ body }) => body.value[0].resourceData.id))).toEqual(new Set([parts[3]?.body.id]))
})

test('the body of a request may be base64', async () => {
  const bot = await newBot()
  const text = JSON.stringify(callBody(bot))
  const bodyOf = (encoding: BufferEncoding) => Buffer.from(text).toString(encoding)
  const request = { method: 'POST', url: CALLS, headers: { 'content-type': 'application/octet-stream' } }
  const parts = await batch(bot, [
    { id: '1', ...request, body: bodyOf('base64') },
    { id: '2', ...request, body: bodyOf('base64url') },
  ])
  expect(statuses(parts)).toEqual(['1 201', '2 201'])
})

test('20 requests run at once, and each call is created once', async () => {
  const bot = await newBot()
  const parts = await batch(
    bot,
    Array.from({ length: 20 }, (_, index) => createRequest(bot, String(index))),
  )
  expect(new Set(parts.map(({ status }) => status))).toEqual(new Set([201]))
  expect(new Set(parts.map(({ body }) => body.id))).toHaveLength(20)
})

test('each request needs its own permissions, the batch needs none', async () => {
  const bot = await newBot({ roles: '' })
  const [create, get] = await batch(bot, [
    createRequest(bot, '1'),
    { id: '2', method: 'GET', url: `${CALLS}/${randomUUID()}` },
  ])
  expect(create).toMatchObject({ status: 403, body: { error: { code: '7504' } } })
  expect(get?.status).toBe(404)
})

test('the token of the batch is that of its requests, whatever their headers say', async () => {
  const [owner, other] = [await newBot(), await newBot()]
  const url = `${CALLS}/${lastId(await establishCall(owner, COMMUNICATIONS))}`
  const Authorization = `Bearer ${await fetchToken(inject('baseUrl'), owner)}`
  const [part] = await batch(other, [{ id: '1', method: 'GET', url, headers: { Authorization } }])
  expect(part).toMatchObject({ status: 404, body: { error: { code: '8522' } } })
  const requests = [{ id: '1', method: 'GET', url, headers: { Authorization } }]
  expectError(await send(inject('baseUrl'), 'POST', '/v1.0/$batch', { body: { requests } }), {
    status: 401,
    code: 'unauthenticated',
    says: '',
  })
})

test('a batch that is sent again carries none of its requests out again', async () => {
  const bot = await newBot()
  const requests = [createRequest(bot, '1'), createRequest(bot, '👍')]
  const id = { 'client-request-id': randomUUID() }
  const first = await batch(bot, requests, id)
  const again = await batch(bot, requests, { ...id, 'retry-attempt': '1' })
  const ids = (parts: readonly Part[]) => parts.map(({ body }) => body.id)
  expect(ids(again)).toEqual(ids(first))
  expect(new Set(ids(first))).toHaveLength(2)
})

test('a request with its own client-request-id is recognized in another batch', async () => {
  const bot = await newBot()
  const request = { ...createRequest(bot, '1'), headers: { ...JSON_HEADERS, 'client-request-id': randomUUID() } }
  const [first] = await batch(bot, [request])
  const [again] = await batch(bot, [{ ...request, headers: { ...request.headers, 'Retry-Attempt': '1' } }])
  expect(again?.body.id).toBe(first?.body.id)
  expect(first?.headers['client-request-id']).toBe(request.headers['client-request-id'])
})

const GET = { id: '1', method: 'GET', url: `${CALLS}/x` }
test.each([
  ['no requests', [], 'requests: must have at least 1 item.'],
  ['21 requests', Array.from({ length: 21 }, (_, id) => ({ ...GET, id: `${id}` })), 'at most 20 items'],
  ['no list', undefined, 'requests: is required.'],
  ['no id', [{ ...GET, id: undefined }], 'requests[0].id: is required.'],
  [
    'the same id twice',
    [
      { ...GET, id: 'a' },
      { ...GET, id: 'A' },
    ],
    'requests[1].id: A is in this batch twice.',
  ],
  ['an unknown method', [{ ...GET, method: 'TRACE' }], 'requests[0].method: must be one of GET'],
  [
    'an unknown dependency',
    [{ ...GET, dependsOn: ['2'] }],
    'requests[0].dependsOn: no request of this batch has the id 2',
  ],
  [
    'a request that depends on itself',
    [{ ...GET, dependsOn: ['1'] }],
    'requests[0].dependsOn: leads back to the request',
  ],
  [
    'a cycle',
    [
      { ...GET, id: '0', dependsOn: ['1'] },
      { ...GET, dependsOn: ['2'] },
      { ...GET, id: '2', dependsOn: ['1'] },
    ],
    'requests[1].dependsOn: leads back to the request itself.',
  ],
  [
    'a batch in a batch',
    [{ ...GET, method: 'POST', url: '/$batch' }],
    'requests[0].url: a batch cannot contain a batch.',
  ],
  ['a batch in a batch, encoded', [{ ...GET, url: '//%24BATCH/?x=1' }], 'a batch cannot contain a batch.'],
  ['an absolute URL', [{ ...GET, url: 'https://graph.microsoft.com/v1.0/me' }], 'requests[0].url: must be a path'],
  ['a path that leads out of the version', [{ ...GET, url: '../bots/x' }], 'requests[0].url: must be a path below'],
  ['encoded dots', [{ ...GET, url: '/%2e%2E\\bots/x' }], 'requests[0].url: must be a path below the version'],
  ['a body without a content type', [{ ...GET, body: {} }], 'requests[0].headers: must have a Content-Type'],
  [
    'a text that is not base64',
    [{ ...GET, headers: { 'Content-Type': 'image/png' }, body: '{}' }],
    'requests[0].body: must',
  ],
  ['a header with a wrong name', [{ ...GET, headers: { 'a b': 'x' } }], 'requests[0].headers: '],
])('%s: the whole batch is refused', async (_, requests, says) => {
  const bot = await newBot()
  expectError(await post(bot, requests), { status: 400, code: 'invalidRequest', says })
})

test('a path that does not exist is a 404 of its request', async () => {
  const bot = await newBot()
  const [part] = await batch(bot, [{ ...GET, url: '/v1.0/communications/calls' }])
  expect(part).toMatchObject({ status: 404, body: { error: { code: 'itemNotFound' } } })
})
