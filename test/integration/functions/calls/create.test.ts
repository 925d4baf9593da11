import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { joinMeeting, SERVICE_HOSTED, user } from '../../../support/bot.js'
import {
  APP,
  COMMUNICATIONS,
  callTo,
  callToAll,
  dialects,
  establishedWithAudio,
  GUID,
  newBot,
  newPeople,
  notified,
} from '../../../support/bots.js'

test.each(dialects)(
  '$dialect: calling one person answers 201 with the address of the call and the call itself',
  async ({ calls, id }) => {
    const bot = await newBot()
    const personId = randomUUID()
    const reply = await bot.request('POST', calls, callTo(bot, personId))

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
  '$dialect: a call to two people gets a roster, which grows with each of them who answers',
  async (dialect) => {
    const bot = await newBot()
    const people = newPeople(2)
    const reply = await bot.request('POST', dialect.calls, callToAll(bot, people))

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

test('a call may begin with five people', async () => {
  const bot = await newBot()
  const people = newPeople(5)
  const reply = await bot.request('POST', COMMUNICATIONS.calls, callToAll(bot, people))

  expect(reply.status).toBe(201)
  await bot.waitFor(8)
  const ids = notified(bot, 8).resourceData.map(
    ({ info }: { info: { identity: { user?: { id: string } } } }) => info.identity.user?.id,
  )
  expect(new Set(ids)).toEqual(new Set([undefined, ...people]))
})

test.each(dialects)(
  '$dialect: a bot joins a meeting by its organizer and its chat, without media',
  async ({ calls }) => {
    const bot = await newBot()
    const body = joinMeeting(bot.callbackUri)
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
    expect(notified(bot, 3).resourceData).toMatchObject([{ mediaStreams: [] }])
  },
)

test.each(dialects)(
  '$dialect: a bot that joins a meeting with media has a media stream in the roster',
  async ({ calls }) => {
    const bot = await newBot()
    const body = { ...joinMeeting(bot.callbackUri), requestedModalities: ['audio'], mediaConfig: SERVICE_HOSTED }
    await bot.request('POST', calls, body)

    await bot.waitFor(3)
    expect(notified(bot, 3).resourceData).toMatchObject([
      { mediaStreams: [{ mediaType: 'audio', direction: 'sendReceive', serverMuted: false }] },
    ])
  },
)

test('a meeting can be joined with the token of an invitation', async () => {
  const bot = await newBot()
  const meetingInfo = { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'a-token' }
  const reply = await bot.request('POST', COMMUNICATIONS.calls, { callbackUri: bot.callbackUri, meetingInfo })

  expect(reply.status).toBe(201)
  expect(reply.body.meetingInfo).toEqual(meetingInfo)
  await bot.waitFor(3)
  expect(bot.flow().at(-1)).toBe('updated participants 1')
})

test('a meeting can be joined with its meeting id and passcode', async () => {
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

test('a bot joins a meeting as a guest under a name of its own', async () => {
  const bot = await newBot()
  const guest = { id: randomUUID(), displayName: 'Guest of honour' }
  const source = { identity: { guest } }
  await bot.request('POST', COMMUNICATIONS.calls, { ...joinMeeting(bot.callbackUri), source })

  await bot.waitFor(3)
  expect(notified(bot, 3).resourceData).toMatchObject([{ info: { identity: { guest } } }])
})

test('a bot that hosts its media itself sends a blob, and gets it back', async () => {
  const bot = await newBot()
  const mediaConfig = { '@odata.type': '#microsoft.graph.appHostedMediaConfig', blob: 'media session' }
  const reply = await bot.request('POST', COMMUNICATIONS.calls, { ...callTo(bot), mediaConfig })

  expect(reply.status).toBe(201)
  expect(reply.body.mediaConfig).toEqual(mediaConfig)
})

test('what to call it and with which modalities is up to the bot; the tenant is that of its token', async () => {
  const bot = await newBot()
  const wanted = { subject: 'Incident 7', tenantId: bot.tenantId, requestedModalities: ['audio', 'video'] }
  const reply = await bot.request('POST', COMMUNICATIONS.calls, { ...callTo(bot), ...wanted })

  expect(reply.body).toMatchObject(wanted)
})

test('app: a bot may name itself as the source in the spelling of the era', async () => {
  const bot = await newBot()
  const id = bot.applicationId.replaceAll('-', '').toUpperCase()
  const source = { identity: { application: { id, displayName: 'Test BOT' } } }
  const reply = await bot.request('POST', APP.calls, { ...callTo(bot), source })

  expect(reply).toMatchObject({ status: 201, body: { source } })
})

test.each(['/beta/app/calls', '/v1.0/app/calls', '/beta/communications/calls', '/v1.0/communications/calls'])(
  'the call made at %s has its address there',
  async (calls) => {
    const bot = await newBot()
    const reply = await bot.request('POST', calls, { ...callTo(bot), targets: [{ identity: user() }] })

    expect(reply.headers.get('location')).toBe(`${inject('baseUrl')}${calls}/${reply.body.id}`)
  },
)
