import { randomUUID } from 'node:crypto'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { joinMeeting, send, startBot, type TestBot, user } from '../../support/bot.js'
import {
  ANSWER,
  APP,
  COMMUNICATIONS,
  callTo,
  dialects,
  establishCall,
  establishMeeting,
  GUID,
  move,
  newBot,
  notified,
  placeCall,
} from '../../support/bots.js'
import { mediaPrompt, prompts } from './prompts.js'

// What public bots and Microsoft's own libraries need of notifications. The numbers are those of the list in list.test.ts.

const CALLS = COMMUNICATIONS.calls

/** A bot that has been called and has joined a meeting, and everything that it was told until both calls had ended. */
let bot: TestBot
// biome-ignore lint/suspicious/noExplicitAny: notifications of every shape
let told: any[]

beforeAll(async () => {
  bot = await startBot(inject('baseUrl'))
  await bot.register('communications')
  const callerId = randomUUID()
  const incoming = await placeCall(bot, callerId)
  await bot.waitFor(1)
  await bot.request('POST', `${CALLS}/${incoming}/answer`, ANSWER)
  await bot.waitFor(4)
  await move(bot, callerId, 'leave')
  await bot.waitFor(5)

  const guestId = randomUUID()
  const { body: meeting } = await bot.request('POST', CALLS, joinMeeting(bot.callbackUri))
  await bot.waitFor(8)
  const participants = [{ identity: { user: { id: guestId } } }]
  await bot.request('POST', `${CALLS}/${meeting.id}/participants/invite`, { participants, clientContext: 'guest' })
  await bot.waitFor(10)
  await move(bot, guestId, 'leave')
  await bot.waitFor(11)
  await bot.request('DELETE', `${CALLS}/${meeting.id}`)
  await bot.waitFor(13)
  told = bot.received.map(({ body }) => body.value[0])
})
afterAll(() => bot.close())

const isCall = (one: { resourceUrl: string }) => one.resourceUrl.split('/').length === 4
const isRoster = (one: { resourceUrl: string }) => one.resourceUrl.endsWith('/participants')

test('1. the id of a call is the third part of every resourceUrl, which is a path and nothing more', () => {
  const guid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
  for (const { resourceUrl } of told) {
    expect(resourceUrl).toMatch(new RegExp(`^/communications/calls/${guid}(?:/participants|/operations/${guid})?$`))
  }
  const ids = new Set(told.filter(isCall).map(({ resourceData }) => resourceData.id))
  expect(new Set(told.map(({ resourceUrl }) => resourceUrl.split('/')[3]))).toEqual(ids)
  expect(ids.size).toBe(2)
})

test('2. a notification about a call says its id, its state, and that it is one', () => {
  expect(told.filter(isCall)).toHaveLength(9)
  for (const { resourceUrl, resourceData } of told.filter(isCall)) {
    expect(resourceData).toMatchObject({
      '@odata.type': '#microsoft.graph.call',
      id: resourceUrl.split('/')[3],
      state: expect.stringMatching(/^[a-z]+$/),
    })
  }
})

test('3. the id in the reply to a create is the id in what follows, to the letter', async () => {
  for (const { calls } of dialects) {
    const caller = await newBot()
    const { body } = await caller.request('POST', calls, callTo(caller))
    await caller.waitFor(2)

    for (const one of [notified(caller, 1), notified(caller, 2)]) expect(one.resource.split('/')[3]).toBe(body.id)
    if (calls === CALLS) expect(notified(caller, 2).resourceData.id).toBe(body.id)
  }
})

test('4. every id is a GUID of 36 characters with its dashes', async () => {
  const caller = await newBot()
  const call = await establishMeeting(caller, COMMUNICATIONS)
  const { body } = await caller.request('GET', call)
  const invited = await caller.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] })
  await caller.waitFor(5)
  const roster = notified(caller, 5).resourceData

  const ids = [body.id, body.myParticipantId, body.callChainId, body.tenantId, invited.body.id]
  for (const id of [...ids, ...roster.map((one: { id: string }) => one.id)]) expect(id).toMatch(GUID)
  // As one of them finds it.
  for (const { resourceUrl } of told) expect(/calls\/([0-9a-fA-F-]{36})/.exec(resourceUrl)?.[1]).toMatch(GUID)
})

test('5. words are written small: the kind of change, states, and the status of operations', () => {
  expect(new Set(told.map(({ changeType }) => changeType))).toEqual(new Set(['created', 'updated', 'deleted']))
  const states = told.filter(isCall).map(({ resourceData }) => resourceData.state)
  expect(new Set(states)).toEqual(new Set(['incoming', 'establishing', 'established', 'terminating', 'terminated']))
  expect(told.flatMap(({ resourceData }) => resourceData.status ?? [])).toEqual(['completed'])
  expect(told.flatMap(({ resourceData }) => resourceData.direction ?? [])).toEqual(
    expect.arrayContaining(['incoming', 'outgoing']),
  )
  expect(told.flatMap(({ resourceData }) => resourceData.mediaState?.audio ?? [])).toEqual(['active'])
})

test('8. a bot may act on its call before it has answered the notification', async () => {
  const caller = await newBot({ registered: 'communications' })
  const statuses: number[] = []
  caller.onNotification = async ({ body }, response) => {
    const { state, id } = body.value[0].resourceData
    if (state === 'incoming') {
      // One bot answers, waits until the call must be there, and speaks, all before it says that it has heard.
      statuses.push((await caller.request('POST', `${CALLS}/${id}/answer`, ANSWER)).status)
      await new Promise((resolve) => setTimeout(resolve, 1500))
      statuses.push((await caller.request('POST', `${CALLS}/${id}/playPrompt`, { prompts })).status)
    }
    response.writeHead(200).end()
  }
  await placeCall(caller)
  await caller.waitFor(4)

  expect(statuses).toEqual([202, 200])
  expect(caller.flow().slice(0, 3)).toEqual([
    'created call incoming',
    'updated call establishing',
    'updated call established',
  ])
})

test('9. a bot that never answers one POST gets its others; any 2xx will do, whatever its body', async () => {
  const caller = await newBot()
  const statuses = [200, 201, 202, 204, 299]
  let isFirst = true
  caller.onNotification = (_, response) => {
    if (isFirst) isFirst = false
    else response.writeHead(statuses.shift() ?? 200, { 'content-type': 'text/html' }).end('<h1>Thank you</h1>')
  }
  const { body: first } = await caller.request('POST', CALLS, callTo(caller))
  await caller.waitFor(1)
  const { body: second } = await caller.request('POST', CALLS, callTo(caller))
  await caller.waitFor(4, 5_000)
  await caller.request('DELETE', `${CALLS}/${second.id}`)
  await caller.waitFor(6, 5_000)

  const ofSecond = caller.received.filter(({ body }) => body.value[0].resourceData.id === second.id)
  expect(ofSecond.map(({ headers }) => headers['ringback-attempt'])).toEqual(['1', '1', '1', '1', '1'])
  expect(caller.received.filter(({ body }) => body.value[0].resourceData.id === first.id)).toHaveLength(1)
})

test('13. a POST has a length and no chunks, and holds one JSON object with a list', () => {
  for (const { headers, text, body } of bot.received) {
    expect(headers).toMatchObject({
      'content-type': expect.stringMatching(/^application\/json\b/),
      'content-length': String(Buffer.byteLength(text)),
    })
    expect(headers).not.toHaveProperty('transfer-encoding')
    expect(body).toEqual(expect.objectContaining({ value: expect.any(Array) }))
  }
})

test('14. a POST holds one notification', async () => {
  const caller = await newBot()
  const call = await establishMeeting(caller, COMMUNICATIONS)
  const participants = [user(), user(), user()].map((identity) => ({ identity }))
  await caller.request('POST', `${call}/participants/invite`, { participants })
  await caller.request('DELETE', call)
  await caller.waitFor(6)

  for (const { body } of [...bot.received, ...caller.received]) expect(body.value).toHaveLength(1)
})

test('15. everything in a list says its type: people in a roster, and prompts', async () => {
  const rosters = told.filter(isRoster)
  expect(rosters.map(({ resourceData }) => resourceData.length)).toEqual([1, 2, 1])
  for (const one of rosters.flatMap(({ resourceData }) => resourceData)) {
    expect(one['@odata.type']).toBe('#microsoft.graph.participant')
  }

  const caller = await newBot()
  const call = await establishCall(caller, COMMUNICATIONS)
  await caller.request('POST', `${call}/playPrompt`, { prompts: [mediaPrompt('a.wav'), mediaPrompt('b.wav')] })
  await caller.waitFor(4)
  expect(notified(caller, 4).resourceData.prompts).toMatchObject([
    { '@odata.type': '#microsoft.graph.mediaPrompt', mediaInfo: { '@odata.type': '#microsoft.graph.mediaInfo' } },
    { '@odata.type': '#microsoft.graph.mediaPrompt', mediaInfo: { '@odata.type': '#microsoft.graph.mediaInfo' } },
  ])
})

test('16. a call is established first, and then its audio is active, exactly once; without media it never is', async () => {
  const caller = await newBot()
  const call = await create(caller)
  await caller.waitFor(3)
  const [, established, speaking] = caller.received.map(({ body }) => body.value[0].resourceData)
  expect(established).toMatchObject({ state: 'established' })
  expect(established).not.toHaveProperty('mediaState')
  expect(speaking).toMatchObject({ state: 'established', mediaState: { audio: 'active' } })
  await caller.request('DELETE', call)
  await caller.waitFor(5)

  const active = (one: { resourceData: { mediaState?: { audio?: string } } }) =>
    one.resourceData.mediaState?.audio === 'active'
  expect(caller.received.filter(({ body }) => active(body.value[0]))).toHaveLength(1)
  // Of the calls at the top, the first has audio, and the meeting has none.
  expect(told.map(active).indexOf(true)).toBe(3)
  expect(told.filter(active)).toHaveLength(1)
})

test('17. no call is established that was not establishing before', async () => {
  const caller = await newBot()
  await establishCall(caller, COMMUNICATIONS)
  const states = (all: { resourceData: { state?: string } }[]) =>
    all.flatMap(({ resourceData }) => resourceData.state ?? []).filter((state) => state.startsWith('establish'))

  const once = ['establishing', 'established', 'established']
  expect(states(caller.received.map(({ body }) => body.value[0]))).toEqual(once)
  expect(states(told)).toEqual([...once, 'establishing', 'established'])
})

test('18. the end is one notification: deleted, terminated, with the path of the call; and nothing follows', () => {
  const ends = told.filter(({ resourceData }) => resourceData.state === 'terminated')
  expect(ends).toHaveLength(2)
  for (const { changeType, resourceUrl, resourceData } of ends) {
    expect({ changeType, resourceUrl }).toEqual({
      changeType: 'deleted',
      resourceUrl: `/communications/calls/${resourceData.id}`,
    })
  }
  expect(told.filter((one) => isCall(one) && one.changeType === 'deleted')).toEqual(ends)
  for (const end of ends) {
    const ofCall = told.filter(({ resourceUrl }) => resourceUrl.split('/')[3] === end.resourceData.id)
    expect(ofCall.at(-1)).toBe(end)
  }
})

test('19. a roster is whole: the bot by its ids, everybody with a name, and the bot alone when all have gone', async () => {
  const caller = await newBot()
  const { body: call } = await caller.request('POST', CALLS, joinMeeting(caller.callbackUri))
  await caller.waitFor(3)
  const people = [randomUUID(), randomUUID()]
  // One bot gives the names of nobody, and reads them in the roster.
  const participants = people.map((id) => ({ identity: { user: { id } } }))
  await caller.request('POST', `${CALLS}/${call.id}/participants/invite`, { participants })
  await caller.waitFor(6)
  for (const [index, id] of people.entries()) {
    await move(caller, id, 'leave')
    await caller.waitFor(7 + index)
  }

  const rosters = caller.received.map(({ body }) => body.value[0]).filter(isRoster)
  expect(rosters.map(({ resourceData }) => resourceData.length)).toEqual([1, 2, 3, 2, 1])
  for (const { resourceData } of rosters) {
    const [me, ...others] = resourceData
    expect(me).toMatchObject({
      id: call.myParticipantId,
      info: { identity: { application: { id: caller.applicationId } } },
    })
    for (const { info } of others) {
      expect(info.identity.user).toMatchObject({
        id: expect.stringMatching(GUID),
        displayName: expect.stringMatching(/./),
      })
    }
  }
})

test('30. a notification has a token that passes the checks of every public bot', async () => {
  const baseUrl = inject('baseUrl')
  const { body: metadata } = await send(baseUrl, undefined, 'GET', '/v1/.well-known/OpenIdConfiguration')
  const keys = createRemoteJWKSet(new URL(metadata.jwks_uri))
  for (const { headers } of bot.received) {
    const [scheme, token = ''] = headers.authorization?.split(' ') ?? []
    expect(scheme).toBe('Bearer')
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', kid: expect.any(String) })
    const { payload } = await jwtVerify(token, keys, {
      issuer: 'https://api.botframework.com',
      audience: bot.applicationId,
      algorithms: ['RS256'],
      requiredClaims: ['nbf', 'exp'],
    })
    expect(payload.tid).toBe(bot.tenantId)
  }
  expect(metadata.issuer).toBe('https://api.botframework.com')
})

test('31. the metadata of these tokens are found in any case', async () => {
  for (const path of ['/v1/.well-known/OpenIdConfiguration', '/v1/.well-known/openidconfiguration']) {
    expect(await send(inject('baseUrl'), undefined, 'GET', path)).toMatchObject({
      status: 200,
      body: { jwks_uri: expect.stringMatching(/^http/) },
    })
  }
})

test('40. a notification names its chain and itself by GUIDs', () => {
  for (const { headers } of bot.received) {
    expect(headers['scenario-id']).toMatch(GUID)
    expect(headers['x-microsoft-skype-message-id']).toMatch(GUID)
  }
})

test('41. a call is named in both ways, and can be answered at /beta and its old name', async () => {
  for (const { resource, resourceUrl } of told) {
    expect(resource).toBe(resourceUrl.replace('/communications/', '/app/'))
  }
  for (const { dialect } of [APP, COMMUNICATIONS]) {
    const callee = await newBot({ registered: dialect })
    await placeCall(callee)
    await callee.waitFor(1)
    // As one bot of 2019 does, which has nothing of the notification but this.
    const reply = await callee.request('POST', `/beta${notified(callee, 1).resource}/answer`, {
      callbackUri: callee.callbackUri,
      acceptedModalities: ['audio'],
      mediaConfig: { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig', preFetchMedia: [] },
    })
    expect(reply.status).toBe(dialect === 'app' ? 200 : 202)
    await callee.waitFor(3)
  }
})

async function create(caller: TestBot): Promise<string> {
  const { body } = await caller.request('POST', CALLS, callTo(caller))
  return `${CALLS}/${body.id}`
}
