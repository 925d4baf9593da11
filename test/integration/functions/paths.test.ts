import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { send, user } from '../../support/bot.js'
import {
  ANSWER,
  APP,
  COMMUNICATIONS,
  callTo,
  dialects,
  establishCall,
  establishMeeting,
  expectError,
  lastId,
  newBot,
  placeCall,
  upperHex,
} from '../../support/bots.js'

type Spell = (ids: { call: string; application: string }) => string
const spellings: [title: string, spell: Spell][] = [
  ['as in 2019', ({ call }) => `/beta/app/calls/${call}`],
  ['as in 2019, but in v1.0', ({ call }) => `/v1.0/app/calls/${call}`],
  ['as today', ({ call }) => `/v1.0/communications/calls/${call}`],
  ['as today, but in beta', ({ call }) => `/beta/communications/calls/${call}`],
  ['below the own application', ({ call, application }) => `/beta/applications/${application}/calls/${call}`],
  ['below the own application, in v1.0', ({ call, application }) => `/v1.0/applications/${application}/calls/${call}`],
  [
    'below the own application without dashes',
    (ids) => `/beta/applications/${upperHex(ids.application)}/calls/${ids.call}`,
  ],
  ['in capitals', ({ call }) => `/V1.0/COMMUNICATIONS/CALLS/${call}`],
  ['with a slash at the end', ({ call }) => `/v1.0/communications/calls/${call}/`],
  ['with doubled slashes in the middle', ({ call }) => `/v1.0//communications/calls//${call}`],
  ['with a query', ({ call }) => `/v1.0/communications/calls/${call}?$select=id&callId=${randomUUID()}`],
  ['with an escaped letter', ({ call }) => `/v1.0/communications/%63alls/${call}`],
]

test.each(spellings)('a call is found when its address is written %s', async (_, spell) => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)
  const path = spell({ call: lastId(call), application: bot.applicationId })

  expect(await bot.request('GET', path)).toMatchObject({ status: 200, body: { id: lastId(call) } })
})

test('below the own application, a call is made as in 2019', async () => {
  const bot = await newBot()
  const reply = await bot.request('POST', `/beta/applications/${bot.applicationId}/calls`, callTo(bot))

  expect(reply.status).toBe(201)
  expect(reply.headers.get('location')).toBe(`${inject('baseUrl')}${APP.calls}/${reply.body.id}`)
  expect(reply.body.id).toMatch(APP.id)
})

const actionSpellings = ['answer', 'Answer', 'microsoft.graph.answer', 'Microsoft.Graph.ANSWER', 'answer/']
test.each(actionSpellings)('the action may be written %s', async (action) => {
  const bot = await newBot({ registered: 'communications' })
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`

  expect((await bot.request('POST', `${call}/${action}`, ANSWER)).status).toBe(202)
})

test.each(['participants/invite', 'participants/microsoft.graph.invite', 'Participants//Invite/'])(
  'people are invited at %s',
  async (tail) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, COMMUNICATIONS)

    expect((await bot.request('POST', `${call}/${tail}`, { participants: [{ identity: user() }] })).status).toBe(200)
  },
)

test('every endpoint of a call is there below the own application as well', async () => {
  const bot = await newBot()
  const meeting = lastId(await establishMeeting(bot, APP))
  const call = `/beta/applications/${bot.applicationId}/calls/${meeting}`
  const invited = await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] })

  expect(invited.status).toBe(202)
  expect((await bot.request('GET', `${call}/operations/${invited.body.id}`)).status).toBe(200)
  const { status, body } = await bot.request('GET', `${call}/participants`)
  expect(status).toBe(200)
  expect((await bot.request('GET', `${call}/participants/${body.value[0].id}`)).status).toBe(200)
  expect((await bot.request('DELETE', call)).status).toBe(204)
})

test('below somebody else’s application there is nothing to find and nothing to make', async () => {
  const bot = await newBot()
  const call = lastId(await establishCall(bot, COMMUNICATIONS))
  const theirs = `/beta/applications/${randomUUID()}/calls`
  const refused = { status: 404, code: 'itemNotFound', says: 'applicationId' }

  expectError(await bot.request('GET', `${theirs}/${call}`), refused)
  expectError(await bot.request('DELETE', `${theirs}/${call}`), refused)
  expectError(await bot.request('POST', theirs, callTo(bot)), refused)
  expect((await bot.request('GET', `${COMMUNICATIONS.calls}/${call}`)).status).toBe(200)
})

test.each(dialects)(
  '$dialect: a call speaks for its whole life as it was made, whatever path asks',
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
  ['the list of all calls', 'GET', '/v1.0/communications/calls'],
  ['an unknown action', 'POST', `/v1.0/communications/calls/${randomUUID()}/explode`],
  ['the action of another namespace', 'POST', `/v1.0/communications/calls/${randomUUID()}/graph.answer`],
  ['more path than there is', 'GET', `/v1.0/communications/calls/${randomUUID()}/participants/${randomUUID()}/x`],
  ['another method', 'PUT', `/v1.0/communications/calls/${randomUUID()}`],
  ['an action as GET', 'GET', `/v1.0/communications/calls/${randomUUID()}/answer`],
  ['nothing of ours', 'GET', '/favicon.ico'],
]

test.each(unknown)('%s is 404 with an error body that names the address', async (_, method, path) => {
  const bot = await newBot()
  const headers = { 'client-request-id': randomUUID() }
  const reply = await bot.request(method, path, method === 'GET' ? undefined : callTo(bot), headers)

  expectError(reply, { status: 404, code: 'itemNotFound', says: `No such endpoint: ${method} ${path}` })
})

test('an unknown address is 404 without a token, too', async () => {
  expectError(await send(inject('baseUrl'), undefined, 'GET', '/v1.0/me'), { status: 404, code: 'itemNotFound' })
})

const noGuids: [property: string, path: string][] = [
  ['callId', '/v1.0/communications/calls/my-call'],
  ['callId', '/v1.0/communications/calls/123'],
  ['callId', `/v1.0/communications/calls/{${randomUUID()}}`],
  ['participantId', `/v1.0/communications/calls/${randomUUID()}/participants/me`],
  ['operationId', `/v1.0/communications/calls/${randomUUID()}/operations/last`],
  ['applicationId', `/beta/applications/me/calls/${randomUUID()}`],
]

test.each(noGuids)('a %s that is no GUID is 400: %s', async (property, path) => {
  const bot = await newBot()

  expectError(await bot.request('GET', path), { status: 400, code: 'invalidRequest', says: `${property}: ` })
})

test('what a client sends to find a request again comes back, if it is not overlong', async () => {
  const bot = await newBot()
  const sent = { 'client-request-id': 'my request', 'scenario-id': 'my scenario' }
  const { headers } = await bot.request('GET', '/health', undefined, sent)
  const long = await bot.request('GET', '/health', undefined, { 'client-request-id': 'x'.repeat(257) })

  expect(Object.fromEntries(headers)).toMatchObject(sent)
  expect(long.headers.get('client-request-id')).toBeNull()
})
