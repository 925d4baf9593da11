import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import {
  ANSWER,
  APP2019,
  COMMUNICATIONS,
  callBody,
  dialects,
  establishCall,
  establishMeeting,
  expectError,
  lastId,
  newBot,
  placeCall,
  upperHex,
} from '../../support/scenarios.js'
import { send, user } from '../../support/testBot.js'

type MakePath = (ids: { call: string; application: string }) => string
const spellings: [title: string, makePath: MakePath][] = [
  ['as in the 2019 API', ({ call }) => `/beta/app/calls/${call}`],
  ['as in the 2019 API, in v1.0', ({ call }) => `/v1.0/app/calls/${call}`],
  ['as in the current API', ({ call }) => `/v1.0/communications/calls/${call}`],
  ['as in the current API, in beta', ({ call }) => `/beta/communications/calls/${call}`],
  ['below its application', ({ call, application }) => `/beta/applications/${application}/calls/${call}`],
  ['below its application, in v1.0', ({ call, application }) => `/v1.0/applications/${application}/calls/${call}`],
  [
    'below its application without dashes',
    (ids) => `/beta/applications/${upperHex(ids.application)}/calls/${ids.call}`,
  ],
  ['in capitals', ({ call }) => `/V1.0/COMMUNICATIONS/CALLS/${call}`],
  ['with a slash at the end', ({ call }) => `/v1.0/communications/calls/${call}/`],
  ['with doubled slashes in the middle', ({ call }) => `/v1.0//communications/calls//${call}`],
  ['with a query', ({ call }) => `/v1.0/communications/calls/${call}?$select=id&callId=${randomUUID()}`],
  ['with an escaped letter', ({ call }) => `/v1.0/communications/%63alls/${call}`],
]

test.each(spellings)('a call is found when its path is written %s', async (_, makePath) => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)
  const path = makePath({ call: lastId(call), application: bot.applicationId })

  expect(await bot.request('GET', path)).toMatchObject({ status: 200, body: { id: lastId(call) } })
})

test('a call that is created below its application uses the 2019 API', async () => {
  const bot = await newBot()
  const reply = await bot.request('POST', `/beta/applications/${bot.applicationId}/calls`, callBody(bot))

  expect(reply.status).toBe(201)
  expect(reply.headers.get('location')).toBe(`${inject('baseUrl')}${APP2019.calls}/${reply.body.id}`)
  expect(reply.body.id).toMatch(APP2019.id)
})

const actionSpellings = ['answer', 'Answer', 'microsoft.graph.answer', 'Microsoft.Graph.ANSWER', 'answer/']
test.each(actionSpellings)('the action answer is found at %s', async (action) => {
  const bot = await newBot({ registered: 'communications' })
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`

  expect((await bot.request('POST', `${call}/${action}`, ANSWER)).status).toBe(202)
})

test.each(['participants/invite', 'participants/microsoft.graph.invite', 'Participants//Invite/'])(
  'the action invite is found at %s',
  async (tail) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, COMMUNICATIONS)

    expect((await bot.request('POST', `${call}/${tail}`, { participants: [{ identity: user() }] })).status).toBe(200)
  },
)

test('every endpoint of a call also exists below its application', async () => {
  const bot = await newBot()
  const meeting = lastId(await establishMeeting(bot, APP2019))
  const call = `/beta/applications/${bot.applicationId}/calls/${meeting}`
  const invited = await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] })

  expect(invited.status).toBe(202)
  expect((await bot.request('GET', `${call}/operations/${invited.body.id}`)).status).toBe(200)
  const { status, body } = await bot.request('GET', `${call}/participants`)
  expect(status).toBe(200)
  expect((await bot.request('GET', `${call}/participants/${body.value[0].id}`)).status).toBe(200)
  expect((await bot.request('DELETE', call)).status).toBe(204)
})

test('the paths below another application find no call and create none', async () => {
  const bot = await newBot()
  const call = lastId(await establishCall(bot, COMMUNICATIONS))
  const otherCalls = `/beta/applications/${randomUUID()}/calls`
  const refused = { status: 404, code: 'itemNotFound', says: 'applicationId' }

  expectError(await bot.request('GET', `${otherCalls}/${call}`), refused)
  expectError(await bot.request('DELETE', `${otherCalls}/${call}`), refused)
  expectError(await bot.request('POST', otherCalls, callBody(bot)), refused)
  expect((await bot.request('GET', `${COMMUNICATIONS.calls}/${call}`)).status).toBe(200)
})

test.each(dialects)(
  '$dialect: a call keeps the dialect of its creation, whatever path it is read at',
  async (dialect) => {
    const bot = await newBot()
    const call = lastId(await establishCall(bot, dialect))

    for (const { calls } of dialects) expect((await bot.request('GET', `${calls}/${call}`)).body.id).toBe(call)
  },
)

const unknown: [title: string, method: string, path: string][] = [
  ['an unknown version', 'POST', '/v2.0/communications/calls'],
  ['no version', 'POST', '/communications/calls'],
  ['an unknown area', 'POST', '/v1.0/phone/calls'],
  ['an unknown collection', 'POST', '/v1.0/communications/chats'],
  ['an unknown action', 'POST', `/v1.0/communications/calls/${randomUUID()}/explode`],
  ['the action of another namespace', 'POST', `/v1.0/communications/calls/${randomUUID()}/graph.answer`],
  [
    'a path that continues after its endpoint',
    'GET',
    `/v1.0/communications/calls/${randomUUID()}/participants/${randomUUID()}/x`,
  ],
  ['a path outside the API', 'GET', '/favicon.ico'],
]

test.each(unknown)('%s returns 404 and an error that names the path', async (_, method, path) => {
  const bot = await newBot()
  const headers = { 'client-request-id': randomUUID() }
  const reply = await bot.request(method, path, method === 'GET' ? undefined : callBody(bot), headers)

  expectError(reply, { status: 404, code: 'itemNotFound', says: `No such endpoint: ${method} ${path}` })
})

test('an unknown path returns 404 without a token', async () => {
  expectError(await send(inject('baseUrl'), 'GET', '/v1.0/me'), { status: 404, code: 'itemNotFound' })
})

const invalidIds: [property: string, path: string][] = [
  ['callId', '/v1.0/communications/calls/my-call'],
  ['callId', '/v1.0/communications/calls/123'],
  ['callId', `/v1.0/communications/calls/{${randomUUID()}}`],
  ['participantId', `/v1.0/communications/calls/${randomUUID()}/participants/me`],
  ['operationId', `/v1.0/communications/calls/${randomUUID()}/operations/last`],
  ['applicationId', `/beta/applications/me/calls/${randomUUID()}`],
]

test.each(invalidIds)('a %s that is not a GUID returns 400: %s', async (property, path) => {
  const bot = await newBot()

  expectError(await bot.request('GET', path), { status: 400, code: 'invalidRequest', says: `${property}: ` })
})

test('the ids that a client sends for its request come back; a missing or too long one is made', async () => {
  const bot = await newBot()
  const sent = { 'client-request-id': 'my request', 'scenario-id': 'my scenario' }
  const { headers } = await bot.request('GET', '/health', undefined, sent)
  const long = await bot.request('GET', '/health', undefined, { 'client-request-id': 'x'.repeat(257) })

  expect(Object.fromEntries(headers)).toMatchObject(sent)
  for (const reply of [long, await bot.request('GET', '/health')]) {
    expect(reply.headers.get('client-request-id')).toBe(reply.headers.get('request-id'))
  }
  expect(long.headers.get('content-type')).toBe('application/json; charset=utf-8')
})
