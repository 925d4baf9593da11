import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import {
  ANSWER,
  APP_HOSTED,
  actAsPerson,
  COMMUNICATIONS,
  callBody,
  create,
  type Dialect,
  dialects,
  establishCall,
  establishedWithAudio,
  expectError,
  getNotification,
  lastId,
  newBot,
  newPersonIds,
  placeCall,
} from '../../../support/scenarios.js'
import { fetchToken, meetingBody, send, type TestBot } from '../../../support/testBot.js'

const SESSION_TYPE = '#microsoft.graph.contentSharingSession'

/** A meeting with two people, and how many notifications the bot has had of it. */
async function joinWithPeople(dialect: Dialect, callOptions?: object, mediaConfig?: object) {
  const bot = await newBot()
  const call = await create(bot, dialect, { ...meetingBody(bot.callbackUri), callOptions, mediaConfig })
  await bot.waitFor(3)
  const [ann, bob] = newPersonIds(2) as [string, string]
  for (const id of [ann, bob]) {
    await bot.request('POST', `/simulator/calls/${lastId(call)}/participants`, { identity: { user: { id } } })
  }
  await bot.waitFor(5)
  return { bot, call, ann, bob, idsOf: await readRosterIds(bot, call) }
}

async function readRosterIds(bot: TestBot, call: string): Promise<Record<string, string>> {
  const { value } = (await bot.request('GET', `${call}/participants`)).body
  return Object.fromEntries(
    value.map(({ id, info }: { id: string; info: { identity: { user?: { id: string } } } }) => [
      info.identity.user?.id ?? 'bot',
      id,
    ]),
  )
}

const notified = { '@odata.type': '#microsoft.graph.outgoingCallOptions', isContentSharingNotificationEnabled: true }

test.each(dialects)('$dialect: a call without a presenter has an empty list of sessions', async (dialect) => {
  const bot = await newBot({ registered: dialect.dialect })
  const peerToPeer = await establishCall(bot, dialect)
  const incoming = `${dialect.calls}/${await placeCall(bot)}`
  for (const call of [peerToPeer, incoming]) {
    const reply = await bot.request('GET', `${call}/contentSharingSessions`)
    expect(reply.status).toBe(200)
    const context = `communications/calls('${lastId(call)}')/contentSharingSessions`
    expect(reply.body).toEqual({
      ...(dialect.dialect === 'communications' && {
        '@odata.context': `${inject('baseUrl')}/v1.0/$metadata#${context}`,
      }),
      value: [],
    })
  }
})

test.each(dialects)('$dialect: a session is listed and read while a participant shares', async (dialect) => {
  const { bot, call, ann, bob, idsOf } = await joinWithPeople(dialect)
  const path = `${call}/contentSharingSessions`
  await actAsPerson(bot, ann, 'share')

  const [session] = (await bot.request('GET', path)).body.value
  const start = call.replace(dialect.calls, '/app/calls')
  expect(session).toEqual({
    '@odata.type': SESSION_TYPE,
    ...(dialect.dialect === 'app' && {
      '@odata.id': `${start}/contentSharingSessions/${session.id}`,
      '@odata.etag': 'W/"1"',
    }),
    id: expect.stringMatching(dialect.id),
    presenterParticipantId: idsOf[ann],
  })
  const read = await bot.request('GET', `${path}/${session.id}`)
  expect(read.status).toBe(200)
  const context = `communications/calls('${lastId(call)}')/contentSharingSessions/$entity`
  expect(read.body).toEqual({
    ...(dialect.dialect === 'communications' && { '@odata.context': `${inject('baseUrl')}/v1.0/$metadata#${context}` }),
    ...session,
  })

  await actAsPerson(bot, bob, 'share')
  const takenOver = (await bot.request('GET', path)).body.value
  expect(takenOver).toMatchObject([{ id: session.id, presenterParticipantId: idsOf[bob] }])
  await actAsPerson(bot, bob, 'unshare')
  expect((await bot.request('GET', path)).body.value).toEqual([])
  expectError(await bot.request('GET', `${path}/${session.id}`), {
    status: 404,
    code: 'itemNotFound',
    says: 'Content sharing session not found.',
  })
})

test('with the call option, the bot is notified of a session that begins, changes its presenter and ends', async () => {
  const { bot, call, ann, bob, idsOf } = await joinWithPeople(COMMUNICATIONS, notified)
  await actAsPerson(bot, ann, 'share')
  // The session is the same, so nothing changes.
  await actAsPerson(bot, ann, 'share')
  const [{ id }] = (await bot.request('GET', `${call}/contentSharingSessions`)).body.value
  await actAsPerson(bot, bob, 'share')
  await actAsPerson(bot, bob, 'unshare')
  await bot.waitFor(11)

  expect(bot.flow().slice(5)).toEqual([
    'created contentsharingsessions 1',
    'updated participants 3',
    'updated contentsharingsessions 1',
    'updated participants 3',
    'deleted contentsharingsessions 1',
    'updated participants 3',
  ])
  const presenters = [idsOf[ann], idsOf[bob], idsOf[bob]]
  for (const [index, presenterParticipantId] of presenters.entries()) {
    expect(getNotification(bot, 6 + 2 * index)).toEqual({
      '@odata.type': '#microsoft.graph.commsNotification',
      changeType: ['created', 'updated', 'deleted'][index],
      resource: `/app/calls/${lastId(call)}/contentsharingsessions`,
      resourceUrl: `/communications/calls/${lastId(call)}/contentsharingsessions`,
      callbackUri: bot.callbackUri,
      resourceData: [{ '@odata.type': SESSION_TYPE, id, presenterParticipantId }],
    })
  }
})

test('a presenter who leaves ends the session', async () => {
  const { bot, call, ann } = await joinWithPeople(COMMUNICATIONS, notified)
  await actAsPerson(bot, ann, 'share')
  await actAsPerson(bot, ann, 'leave')
  await bot.waitFor(9)
  expect(bot.flow().slice(7)).toEqual(['deleted contentsharingsessions 1', 'updated participants 2'])
  expect((await bot.request('GET', `${call}/contentSharingSessions`)).body.value).toEqual([])
})

test.each(dialects)('$dialect: without the option, or in the 2019 API, the bot is not notified', async (dialect) => {
  const { bot, ann } = await joinWithPeople(dialect, dialect.dialect === 'app' ? notified : undefined)
  await actAsPerson(bot, ann, 'share')
  await actAsPerson(bot, ann, 'unshare')
  await bot.waitFor(7)
  expect(bot.flow().slice(5)).toEqual(['updated participants 3', 'updated participants 3'])
})

test('a created peer-to-peer call has sessions and their notifications, but no roster', async () => {
  const [personId = ''] = newPersonIds(1)
  const bot = await newBot()
  const call = await create(bot, COMMUNICATIONS, { ...callBody(bot, personId), callOptions: notified })
  const before = 1 + establishedWithAudio(COMMUNICATIONS).length
  await bot.waitFor(before)
  await actAsPerson(bot, personId, 'share')
  await bot.waitFor(before + 1)
  expect(bot.flow().slice(before)).toEqual(['created contentsharingsessions 1'])
  expect((await bot.request('GET', `${call}/contentSharingSessions`)).body.value).toHaveLength(1)
})

test('a call that is answered with the option has the notifications too', async () => {
  const [personId = ''] = newPersonIds(1)
  const bot = await newBot({ registered: 'communications' })
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot, personId)}`
  const callOptions = { ...notified, '@odata.type': '#microsoft.graph.incomingCallOptions' }
  await bot.request('POST', `${call}/answer`, { ...ANSWER, callOptions })
  const before = 2 + establishedWithAudio(COMMUNICATIONS).length
  await bot.waitFor(before)
  await actAsPerson(bot, personId, 'share')
  await bot.waitFor(before + 1)
  expect(bot.flow().slice(before)).toEqual(['created contentsharingsessions 1'])
})

test('the roster shows the screen sharing of the presenter as a send-only stream', async () => {
  const { bot, call, ann, bob, idsOf } = await joinWithPeople(COMMUNICATIONS)
  const directionsOf = async (person: string) => {
    const { body } = await bot.request('GET', `${call}/participants/${idsOf[person]}`)
    const streams: { mediaType: string; direction: string }[] = body.mediaStreams
    return streams.map(({ mediaType, direction }) => [mediaType, direction])
  }
  const streams = (direction: string) => [
    ['audio', 'sendReceive'],
    ['video', 'receiveOnly'],
    ['videoBasedScreenSharing', direction],
  ]
  await actAsPerson(bot, ann, 'share')
  expect([await directionsOf(ann), await directionsOf(bob)]).toEqual([streams('sendOnly'), streams('receiveOnly')])
  await actAsPerson(bot, bob, 'share')
  expect([await directionsOf(ann), await directionsOf(bob)]).toEqual([streams('receiveOnly'), streams('sendOnly')])
  await actAsPerson(bot, bob, 'unshare')
  expect(await directionsOf(bob)).toEqual(streams('receiveOnly'))
})

test.each(dialects)(
  '$dialect: a bot that shares its screen takes over a session, as a person does',
  async (dialect) => {
    const { bot, call, ann, idsOf } = await joinWithPeople(dialect, notified, APP_HOSTED)
    const change = (role: string) => bot.request('POST', `${call}/changeScreenSharingRole`, { role })
    const listPresenters = async () => {
      const sessions: { presenterParticipantId: string }[] = (
        await bot.request('GET', `${call}/contentSharingSessions`)
      ).body.value
      return sessions.map(({ presenterParticipantId }) => presenterParticipantId)
    }
    await actAsPerson(bot, ann, 'share')
    // The bot does not share, so nothing changes.
    await change('viewer')
    expect(await listPresenters()).toEqual([idsOf[ann]])
    await change('sharer')
    expect(await listPresenters()).toEqual([idsOf.bot])
    await actAsPerson(bot, ann, 'share')
    await change('sharer')
    await change('viewer')
    expect(await listPresenters()).toEqual([])
    const expected = ['created', 'updated', 'updated', 'updated', 'deleted'].flatMap((changeType) => [
      ...(dialect.dialect === 'app' ? [] : [`${changeType} contentsharingsessions 1`]),
      'updated participants 3',
    ])
    await bot.waitFor(5 + expected.length)
    expect(bot.flow().slice(5)).toEqual(expected)
  },
)

test('a person who is not in the call, does not share, or is in the lobby cannot act', async () => {
  const { bot, call, ann } = await joinWithPeople(COMMUNICATIONS)
  const callId = lastId(call)
  const act = (person: string, action: string) =>
    bot.request('POST', `/simulator/people/${person}/${action}`, { callId })
  const refused = (says: string) => ({ status: 409, code: 'notAllowed', says })
  expectError(await act(ann, 'unshare'), refused(`${ann} does not share content in this call.`))
  const stranger = randomUUID()
  for (const action of ['share', 'unshare']) expectError(await act(stranger, action), refused('is not in this call'))
  const waiting = { identity: { user: { id: stranger } }, isInLobby: true }
  await bot.request('POST', `/simulator/calls/${callId}/participants`, waiting)
  expectError(await act(stranger, 'share'), refused(`${stranger} is in the lobby of this call.`))
  expect((await bot.request('GET', `${call}/contentSharingSessions`)).body.value).toEqual([])
})

test('a person cannot share before the call is established', async () => {
  const bot = await newBot({ registered: 'communications' })
  const [personId = ''] = newPersonIds(1)
  const callId = await placeCall(bot, personId)
  expectError(await bot.request('POST', `/simulator/people/${personId}/share`, { callId }), {
    status: 409,
    code: 'notAllowed',
    says: 'a call that is established',
  })
})

test('a session needs a permission for calls, an id, and a call', async () => {
  const { bot, call } = await joinWithPeople(COMMUNICATIONS)
  const path = `${call}/contentSharingSessions`
  const listWith = async (roles: string) =>
    send(inject('baseUrl'), 'GET', path, { token: await fetchToken(inject('baseUrl'), { ...bot, roles }) })
  for (const role of ['JoinGroupCallAsGuest', 'JoinGroupCall', 'Initiate', 'InitiateGroupCall']) {
    expect((await listWith(`Calls.${role}.All`)).status, role).toBe(200)
  }
  expectError(await listWith('Calls.AccessMedia.All'), { status: 403, code: '7504' })
  expectError(await bot.request('GET', `${path}/mine`), {
    status: 400,
    code: 'invalidRequest',
    says: 'contentSharingSessionId: "mine" is not a GUID.',
  })
  for (const tail of ['', `/${randomUUID()}`]) {
    const unknown = `${COMMUNICATIONS.calls}/${randomUUID()}/contentSharingSessions${tail}`
    expectError(await bot.request('GET', unknown), { status: 404, code: '8522' })
  }
})
