import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import {
  ANSWER,
  APP2019,
  actAsPerson,
  COMMUNICATIONS,
  callBody,
  dialects,
  establishCall,
  establishMeeting,
  GUID,
  getNotification,
  newBot,
  placeCall,
} from '../../support/scenarios.js'
import { meetingBody, send, startBot, type TestBot, user } from '../../support/testBot.js'
import { mediaPrompt, prompts } from './prompts.js'

// What public bots and Microsoft's libraries need in notifications. The numbers are those of the list in list.test.ts.

const CALLS = COMMUNICATIONS.calls

/** A bot that was called and joined a meeting, with all notifications until both calls had ended. */
let bot: TestBot
// biome-ignore lint/suspicious/noExplicitAny: notifications of every shape
let notifications: any[]

beforeAll(async () => {
  bot = await startBot(inject('baseUrl'))
  await bot.register('communications')
  const callerId = randomUUID()
  const incoming = await placeCall(bot, callerId)
  await bot.waitFor(1)
  await bot.request('POST', `${CALLS}/${incoming}/answer`, ANSWER)
  await bot.waitFor(4)
  await actAsPerson(bot, callerId, 'leave')
  await bot.waitFor(5)

  const guestId = randomUUID()
  const { body: meeting } = await bot.request('POST', CALLS, meetingBody(bot.callbackUri))
  await bot.waitFor(8)
  const participants = [{ identity: { user: { id: guestId } } }]
  await bot.request('POST', `${CALLS}/${meeting.id}/participants/invite`, { participants, clientContext: 'guest' })
  await bot.waitFor(10)
  await actAsPerson(bot, guestId, 'leave')
  await bot.waitFor(11)
  await bot.request('DELETE', `${CALLS}/${meeting.id}`)
  await bot.waitFor(13)
  notifications = bot.received.map(({ body }) => body.value[0])
})
afterAll(() => bot.close())

const isCall = ({ resourceUrl }: { resourceUrl: string }) => resourceUrl.split('/').length === 4
const isRoster = ({ resourceUrl }: { resourceUrl: string }) => resourceUrl.endsWith('/participants')

test('1. every resourceUrl is a path whose third segment is the id of the call', () => {
  const guid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
  for (const { resourceUrl } of notifications) {
    expect(resourceUrl).toMatch(new RegExp(`^/communications/calls/${guid}(?:/participants|/operations/${guid})?$`))
  }
  const ids = new Set(notifications.filter(isCall).map(({ resourceData }) => resourceData.id))
  expect(new Set(notifications.map(({ resourceUrl }) => resourceUrl.split('/')[3]))).toEqual(ids)
  expect(ids.size).toBe(2)
})

test('2. a notification about a call contains its type, id and state', () => {
  expect(notifications.filter(isCall)).toHaveLength(9)
  for (const { resourceUrl, resourceData } of notifications.filter(isCall)) {
    expect(resourceData).toMatchObject({
      '@odata.type': '#microsoft.graph.call',
      id: resourceUrl.split('/')[3],
      state: expect.stringMatching(/^[a-z]+$/),
    })
  }
})

test('3. the notifications contain the id from the reply to a create, letter for letter', async () => {
  for (const { calls } of dialects) {
    const caller = await newBot()
    const { body } = await caller.request('POST', calls, callBody(caller))
    await caller.waitFor(2)

    for (const { resource } of [getNotification(caller, 1), getNotification(caller, 2)]) {
      expect(resource.split('/')[3]).toBe(body.id)
    }
    if (calls === CALLS) expect(getNotification(caller, 2).resourceData.id).toBe(body.id)
  }
})

test('4. every id is a GUID of 36 characters with dashes', async () => {
  const caller = await newBot()
  const call = await establishMeeting(caller, COMMUNICATIONS)
  const { body } = await caller.request('GET', call)
  const invited = await caller.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] })
  await caller.waitFor(5)
  const roster = getNotification(caller, 5).resourceData

  const ids = [body.id, body.myParticipantId, body.callChainId, body.tenantId, invited.body.id]
  for (const id of [...ids, ...roster.map((participant: { id: string }) => participant.id)]) expect(id).toMatch(GUID)
  // A public bot searches for the id with this expression.
  for (const { resourceUrl } of notifications) expect(/calls\/([0-9a-fA-F-]{36})/.exec(resourceUrl)?.[1]).toMatch(GUID)
})

test('5. change types, states, directions and the status of operations are in lower case', () => {
  expect(new Set(notifications.map(({ changeType }) => changeType))).toEqual(new Set(['created', 'updated', 'deleted']))
  const states = notifications.filter(isCall).map(({ resourceData }) => resourceData.state)
  expect(new Set(states)).toEqual(new Set(['incoming', 'establishing', 'established', 'terminating', 'terminated']))
  expect(notifications.flatMap(({ resourceData }) => resourceData.status ?? [])).toEqual(['completed'])
  expect(notifications.flatMap(({ resourceData }) => resourceData.direction ?? [])).toEqual(
    expect.arrayContaining(['incoming', 'outgoing']),
  )
  expect(notifications.flatMap(({ resourceData }) => resourceData.mediaState?.audio ?? [])).toEqual(['active'])
})

test('8. a bot can act on its call before it acknowledges the notification', async () => {
  const caller = await newBot({ registered: 'communications' })
  const statuses: number[] = []
  caller.onNotification = async ({ body }, response) => {
    const { state, id } = body.value[0].resourceData
    if (state === 'incoming') {
      // A public bot answers, waits until the call must be established, and plays a prompt before it acknowledges.
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

test('9. a POST without a reply does not delay other calls, and any 2xx acknowledges, with any body', async () => {
  const caller = await newBot()
  const statuses = [200, 201, 202, 204, 299]
  let silent: ServerResponse | undefined
  caller.onNotification = (_, response) => {
    if (!silent) silent = response
    else response.writeHead(statuses.shift() ?? 200, { 'content-type': 'text/html' }).end('<h1>Thank you</h1>')
  }
  const { body: first } = await caller.request('POST', CALLS, callBody(caller))
  await caller.waitFor(1)
  const { body: second } = await caller.request('POST', CALLS, callBody(caller))
  await caller.waitFor(4)
  await caller.request('DELETE', `${CALLS}/${second.id}`)
  await caller.waitFor(6)
  expect(silent?.closed, 'Ringback still waits for the reply').toBe(false)

  const ofSecond = caller.received.filter(({ body }) => body.value[0].resourceData.id === second.id)
  expect(ofSecond.map(({ headers }) => headers['ringback-attempt'])).toEqual(['1', '1', '1', '1', '1'])
  expect(caller.received.filter(({ body }) => body.value[0].resourceData.id === first.id)).toHaveLength(1)
})

test('13. a POST has a Content-Length, no chunks, and a JSON object with a list', () => {
  for (const { headers, text, body } of bot.received) {
    expect(headers).toMatchObject({
      'content-type': expect.stringMatching(/^application\/json\b/),
      'content-length': String(Buffer.byteLength(text)),
    })
    expect(headers).not.toHaveProperty('transfer-encoding')
    expect(body).toEqual(expect.objectContaining({ value: expect.any(Array) }))
  }
})

test('14. a POST contains one notification', async () => {
  const caller = await newBot()
  const call = await establishMeeting(caller, COMMUNICATIONS)
  const participants = [user(), user(), user()].map((identity) => ({ identity }))
  await caller.request('POST', `${call}/participants/invite`, { participants })
  await caller.request('DELETE', call)
  await caller.waitFor(6)

  for (const { body } of [...bot.received, ...caller.received]) expect(body.value).toHaveLength(1)
})

test('15. every participant in a roster and every prompt in a list has its type', async () => {
  const rosters = notifications.filter(isRoster)
  expect(rosters.map(({ resourceData }) => resourceData.length)).toEqual([1, 2, 1])
  for (const participant of rosters.flatMap(({ resourceData }) => resourceData)) {
    expect(participant['@odata.type']).toBe('#microsoft.graph.participant')
  }

  const caller = await newBot()
  const call = await establishCall(caller, COMMUNICATIONS)
  await caller.request('POST', `${call}/playPrompt`, { prompts: [mediaPrompt('a.wav'), mediaPrompt('b.wav')] })
  await caller.waitFor(4)
  expect(getNotification(caller, 4).resourceData.prompts).toMatchObject([
    { '@odata.type': '#microsoft.graph.mediaPrompt', mediaInfo: { '@odata.type': '#microsoft.graph.mediaInfo' } },
    { '@odata.type': '#microsoft.graph.mediaPrompt', mediaInfo: { '@odata.type': '#microsoft.graph.mediaInfo' } },
  ])
})

test('16. the audio of an established call becomes active exactly once, or never in a call without media', async () => {
  const caller = await newBot()
  const call = await create(caller)
  await caller.waitFor(3)
  const [, established, withAudio] = caller.received.map(({ body }) => body.value[0].resourceData)
  expect(established).toMatchObject({ state: 'established' })
  expect(established).not.toHaveProperty('mediaState')
  expect(withAudio).toMatchObject({ state: 'established', mediaState: { audio: 'active' } })
  await caller.request('DELETE', call)
  await caller.waitFor(5)

  const isAudioActive = ({ resourceData }: { resourceData: { mediaState?: { audio?: string } } }) =>
    resourceData.mediaState?.audio === 'active'
  expect(caller.received.filter(({ body }) => isAudioActive(body.value[0]))).toHaveLength(1)
  // The first call of the shared bot has audio, and its meeting has none.
  expect(notifications.map(isAudioActive).indexOf(true)).toBe(3)
  expect(notifications.filter(isAudioActive)).toHaveLength(1)
})

test('17. every call is establishing before it is established', async () => {
  const caller = await newBot()
  await establishCall(caller, COMMUNICATIONS)
  const statesOf = (reported: { resourceData: { state?: string } }[]) =>
    reported.flatMap(({ resourceData }) => resourceData.state ?? []).filter((state) => state.startsWith('establish'))

  const withAudio = ['establishing', 'established', 'established']
  expect(statesOf(caller.received.map(({ body }) => body.value[0]))).toEqual(withAudio)
  expect(statesOf(notifications)).toEqual([...withAudio, 'establishing', 'established'])
})

test('18. the last notification of a call is deleted, with the state terminated and the path of the call', () => {
  const ends = notifications.filter(({ resourceData }) => resourceData.state === 'terminated')
  expect(ends).toHaveLength(2)
  for (const { changeType, resourceUrl, resourceData } of ends) {
    expect({ changeType, resourceUrl }).toEqual({
      changeType: 'deleted',
      resourceUrl: `/communications/calls/${resourceData.id}`,
    })
  }
  expect(notifications.filter((notification) => isCall(notification) && notification.changeType === 'deleted')).toEqual(
    ends,
  )
  for (const end of ends) {
    const ofCall = notifications.filter(({ resourceUrl }) => resourceUrl.split('/')[3] === end.resourceData.id)
    expect(ofCall.at(-1)).toBe(end)
  }
})

test('19. a roster lists the bot with its ids and every participant with a name, in the end only the bot', async () => {
  const caller = await newBot()
  const { body: call } = await caller.request('POST', CALLS, meetingBody(caller.callbackUri))
  await caller.waitFor(3)
  const people = [randomUUID(), randomUUID()]
  // A public bot invites without names, and reads the names in the roster.
  const participants = people.map((id) => ({ identity: { user: { id } } }))
  await caller.request('POST', `${CALLS}/${call.id}/participants/invite`, { participants })
  await caller.waitFor(6)
  for (const [index, id] of people.entries()) {
    await actAsPerson(caller, id, 'leave')
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

test('30. the token of a notification passes the checks of every public bot', async () => {
  const baseUrl = inject('baseUrl')
  const { body: metadata } = await send(baseUrl, 'GET', '/v1/.well-known/OpenIdConfiguration')
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

test('31. the path of the token metadata is accepted in any case', async () => {
  for (const path of ['/v1/.well-known/OpenIdConfiguration', '/v1/.well-known/openidconfiguration']) {
    expect(await send(inject('baseUrl'), 'GET', path)).toMatchObject({
      status: 200,
      body: { jwks_uri: expect.stringMatching(/^http/) },
    })
  }
})

test('40. a notification has GUIDs that identify its call chain and itself', () => {
  for (const { headers } of bot.received) {
    expect(headers['scenario-id']).toMatch(GUID)
    expect(headers['x-microsoft-skype-message-id']).toMatch(GUID)
  }
})

test('41. a notification contains the current and the 2019 path, and a bot can answer under the latter', async () => {
  for (const { resource, resourceUrl } of notifications) {
    expect(resource).toBe(resourceUrl.replace('/communications/', '/app/'))
  }
  for (const { dialect } of [APP2019, COMMUNICATIONS]) {
    const callee = await newBot({ registered: dialect })
    await placeCall(callee)
    await callee.waitFor(1)
    // A bot of 2019 uses only this property of the notification.
    const reply = await callee.request('POST', `/beta${getNotification(callee, 1).resource}/answer`, {
      callbackUri: callee.callbackUri,
      acceptedModalities: ['audio'],
      mediaConfig: { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig', preFetchMedia: [] },
    })
    expect(reply.status).toBe(dialect === 'app' ? 200 : 202)
    await callee.waitFor(3)
  }
})

async function create(caller: TestBot): Promise<string> {
  const { body } = await caller.request('POST', CALLS, callBody(caller))
  return `${CALLS}/${body.id}`
}
