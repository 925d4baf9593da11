import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import {
  COMMUNICATIONS,
  callBody,
  dialects,
  establishedWithAudio,
  GUID,
  getNotification,
  groupCallBody,
  newBot,
  newPersonIds,
  upperHex,
} from '../../../support/scenarios.js'
import { meetingBody, SERVICE_HOSTED, user } from '../../../support/testBot.js'

test.each(dialects)(
  '$dialect: a call to one person returns 201 with the address of the call and the call itself',
  async ({ calls, id }) => {
    const bot = await newBot()
    const personId = randomUUID()
    const reply = await bot.request('POST', calls, callBody(bot, personId))

    expect(reply.status).toBe(201)
    expect(reply.headers.get('content-type')).toMatch(/^application\/json\b/)
    expect(reply.headers.get('location')).toBe(`${inject('baseUrl')}${calls}/${reply.body.id}`)
    expect(reply.body).toMatchObject({
      '@odata.type': '#microsoft.graph.call',
      id: expect.stringMatching(id),
      state: 'establishing',
      direction: 'outgoing',
      callbackUri: bot.callbackUri,
      callChainId: expect.stringMatching(GUID),
      source: { identity: { application: { id: bot.applicationId } } },
      targets: [{ identity: { user: { id: personId, displayName: 'Heidi Steen' } } }],
      requestedModalities: ['audio'],
      mediaConfig: { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' },
      tenantId: bot.tenantId,
      myParticipantId: expect.stringMatching(id),
    })
  },
)

test.each(dialects)(
  '$dialect: a call to two people has a roster, which grows when each of them answers',
  async (dialect) => {
    const bot = await newBot()
    const people = newPersonIds(2)
    const reply = await bot.request('POST', dialect.calls, groupCallBody(bot, people))

    expect(reply.status).toBe(201)
    expect(reply.body.targets).toHaveLength(2)
    const [established, ...withAudio] = establishedWithAudio(dialect)
    await bot.waitFor(4 + withAudio.length)
    expect(bot.flow()).toEqual([
      'updated call establishing',
      established,
      'updated participants 2',
      ...withAudio,
      'updated participants 3',
    ])
  },
)

test('a bot calls five people at once', async () => {
  const bot = await newBot()
  const people = newPersonIds(5)
  const reply = await bot.request('POST', COMMUNICATIONS.calls, groupCallBody(bot, people))

  expect(reply.status).toBe(201)
  await bot.waitFor(8)
  const ids = getNotification(bot, 8).resourceData.map(
    ({ info }: { info: { identity: { user?: { id: string } } } }) => info.identity.user?.id,
  )
  expect(new Set(ids)).toEqual(new Set([undefined, ...people]))
})

test.each(dialects)('$dialect: a bot joins a meeting by its organizer and chat, without media', async ({ calls }) => {
  const bot = await newBot()
  const body = meetingBody(bot.callbackUri)
  const reply = await bot.request('POST', calls, body)

  expect(reply.status).toBe(201)
  expect(reply.body).toMatchObject({
    state: 'establishing',
    targets: [],
    requestedModalities: [],
    chatInfo: body.chatInfo,
    meetingInfo: body.meetingInfo,
  })
  expect(reply.body).not.toHaveProperty('mediaConfig')
  await bot.waitFor(3)
  expect(getNotification(bot, 3).resourceData).toMatchObject([{ mediaStreams: [] }])
})

test.each(dialects)(
  '$dialect: a bot that joins a meeting with media has a media stream in the roster',
  async ({ calls }) => {
    const bot = await newBot()
    const body = { ...meetingBody(bot.callbackUri), requestedModalities: ['audio'], mediaConfig: SERVICE_HOSTED }
    await bot.request('POST', calls, body)

    await bot.waitFor(3)
    expect(getNotification(bot, 3).resourceData).toMatchObject([
      { mediaStreams: [{ mediaType: 'audio', direction: 'sendReceive', serverMuted: false }] },
    ])
  },
)

test('a bot joins a meeting with the token of an invitation', async () => {
  const bot = await newBot()
  const meetingInfo = { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'a-token' }
  const reply = await bot.request('POST', COMMUNICATIONS.calls, { callbackUri: bot.callbackUri, meetingInfo })

  expect(reply.status).toBe(201)
  expect(reply.body.meetingInfo).toEqual(meetingInfo)
  await bot.waitFor(3)
  expect(bot.flow().at(-1)).toBe('updated participants 1')
})

test('a bot joins a meeting with its meeting id and passcode', async () => {
  const bot = await newBot()
  const meetingInfo = {
    '@odata.type': '#microsoft.graph.joinMeetingIdMeetingInfo',
    joinMeetingId: '1234567',
    passcode: 'psw123',
  }
  const reply = await bot.request('POST', COMMUNICATIONS.calls, { callbackUri: bot.callbackUri, meetingInfo })

  expect(reply.status).toBe(201)
  expect(reply.body.meetingInfo).toEqual(meetingInfo)
  await bot.waitFor(3)
  expect(bot.flow().at(-1)).toBe('updated participants 1')
})

test('a bot joins a meeting as a guest with its own name', async () => {
  const bot = await newBot()
  const guest = { id: randomUUID(), displayName: 'Guest of honor' }
  const source = { identity: { guest } }
  await bot.request('POST', COMMUNICATIONS.calls, { ...meetingBody(bot.callbackUri), source })

  await bot.waitFor(3)
  expect(getNotification(bot, 3).resourceData).toMatchObject([{ info: { identity: { guest } } }])
})

test('a bot that hosts its own media sends a blob and gets it back', async () => {
  const bot = await newBot()
  const mediaConfig = {
    '@odata.type': '#microsoft.graph.appHostedMediaConfig',
    blob: 'media session',
    removeFromDefaultAudioGroup: true,
  }
  const reply = await bot.request('POST', COMMUNICATIONS.calls, { ...callBody(bot), mediaConfig })

  expect(reply.status).toBe(201)
  expect(reply.body.mediaConfig).toEqual(mediaConfig)
})

test('a call has the subject, the modalities and the tenant that its bot asks for', async () => {
  const bot = await newBot()
  const requested = { subject: 'Incident 7', tenantId: bot.tenantId, requestedModalities: ['audio', 'video'] }
  const reply = await bot.request('POST', COMMUNICATIONS.calls, { ...callBody(bot), ...requested })

  expect(reply.body).toMatchObject(requested)
})

test.each(dialects)(
  '$dialect: a bot may give its own id as the source in any spelling, and the reply has that of its token',
  async ({ calls }) => {
    const bot = await newBot()
    const sourceOf = (id: string) => ({ identity: { application: { id, displayName: 'Test BOT' } } })
    const source = sourceOf(upperHex(bot.applicationId))
    const reply = await bot.request('POST', calls, { ...callBody(bot), source })

    expect(reply).toMatchObject({ status: 201, body: { source: sourceOf(bot.applicationId) } })
  },
)

test.each(['/beta/app/calls', '/v1.0/app/calls', '/beta/communications/calls', '/v1.0/communications/calls'])(
  'a call that is created at %s has its address there',
  async (calls) => {
    const bot = await newBot()
    const reply = await bot.request('POST', calls, { ...callBody(bot), targets: [{ identity: user() }] })

    expect(reply.headers.get('location')).toBe(`${inject('baseUrl')}${calls}/${reply.body.id}`)
  },
)
