import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  APP_HOSTED,
  COMMUNICATIONS,
  callBody,
  create,
  type Dialect,
  dialects,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  expectBodyRefused,
  expectError,
  getNotification,
  lastId,
  newBot,
  placeCall,
} from '../../../support/scenarios.js'
import { meetingBody, type TestBot, user } from '../../../support/testBot.js'

interface Stream {
  readonly mediaType: string
  readonly sourceId: string
}

/** Joins a meeting with application-hosted media, and returns its path and the number of notifications so far. */
async function establishAppHostedMeeting(bot: TestBot, dialect: Dialect, requestedModalities: readonly string[]) {
  const body = { ...meetingBody(bot.callbackUri), requestedModalities, mediaConfig: APP_HOSTED }
  const call = await create(bot, dialect, body)
  const before = requestedModalities.length > 0 ? 2 + establishedWithAudio(dialect).length : 3
  await bot.waitFor(before)
  return { call, before }
}

const SHARED = { mediaType: 'videoBasedScreenSharing', label: 'applicationsharing-video', direction: 'sendOnly' }

test.each(dialects)('$dialect: the roster shows the screen of the bot, once for each change', async (dialect) => {
  const bot = await newBot()
  const { call, before } = await establishAppHostedMeeting(bot, dialect, ['audio'])
  await bot.request('POST', `/simulator/calls/${lastId(call)}/participants`, { identity: user(randomUUID()) })
  for (const role of ['sharer', 'Sharer', 'viewer', 'viewer', 'sharer']) {
    const reply = await bot.request('POST', `${call}/Microsoft.Graph.changeScreenSharingRole`, { role })
    expect(reply).toMatchObject({ status: 202, text: '' })
    expect(reply.headers.get('location')).toBeNull()
  }

  await bot.waitFor(before + 4)
  expect(bot.flow().slice(before)).toEqual(Array(4).fill('updated participants 2'))
  const entries = [1, 2, 3, 4].map((number) => {
    const roster: { info: { identity: object }; mediaStreams: Stream[] }[] = getNotification(
      bot,
      before + number,
    ).resourceData
    const sourceIds = roster.flatMap(({ mediaStreams }) => mediaStreams.map(({ sourceId }) => sourceId))
    expect(new Set(sourceIds).size).toBe(sourceIds.length)
    const botEntry = roster.find(({ info }) => 'application' in info.identity)
    return botEntry?.mediaStreams.filter(({ mediaType }) => mediaType !== 'audio')
  })
  const shared = { ...SHARED, serverMuted: false }
  expect(entries).toMatchObject([[], [shared], [], [shared]])
  const { value } = (await bot.request('GET', `${call}/participants`)).body
  const isShared = value.map(({ mediaStreams }: { mediaStreams: object[] }) =>
    mediaStreams.some((stream) => 'direction' in stream && stream.direction === 'sendOnly'),
  )
  expect(isShared.filter(Boolean)).toHaveLength(1)
})

test.each(dialects)('$dialect: a bot without audio can share its screen', async (dialect) => {
  const bot = await newBot()
  const { call, before } = await establishAppHostedMeeting(bot, dialect, [])
  expect((await bot.request('POST', `${call}/changeScreenSharingRole`, { role: 'sharer' })).status).toBe(202)
  await bot.waitFor(before + 1)
  expect(getNotification(bot, before + 1).resourceData[0].mediaStreams).toMatchObject([SHARED])
})

const bad: [title: string, body: unknown, says: string][] = [
  ['no body', undefined, 'The request body: is required.'],
  ['no role', {}, 'role: is required.'],
  ['an unknown role', { role: 'presenter' }, 'role: must be one of viewer, sharer.'],
  ['a role that is no text', { role: true }, 'role: must be a JSON string.'],
]

test.each(bad)('changeScreenSharingRole refuses %s', async (_, body, says) => {
  await expectBodyRefused('changeScreenSharingRole', body, says)
})

test.each(dialects)('$dialect: changeScreenSharingRole needs a group call with its own media', async (dialect) => {
  const body = { role: 'sharer' }
  const refused = (says: string) => ({ status: 409, code: 'notAllowed', says })
  const called = await newBot({ registered: dialect.dialect })
  const incoming = `${dialect.calls}/${await placeCall(called)}`
  expectError(await called.request('POST', `${incoming}/changeScreenSharingRole`, body), refused('that is established'))

  const [inCall, withOwnMedia, inMeeting] = [await newBot(), await newBot(), await newBot()]
  const call = await establishCall(inCall, dialect)
  expectError(await inCall.request('POST', `${call}/changeScreenSharingRole`, body), refused('needs a group call'))
  const own = await create(withOwnMedia, dialect, { ...callBody(withOwnMedia), mediaConfig: APP_HOSTED })
  await withOwnMedia.waitFor(1 + establishedWithAudio(dialect).length)
  expectError(await withOwnMedia.request('POST', `${own}/changeScreenSharingRole`, body), refused('needs a group call'))
  const meeting = await establishMeeting(inMeeting, dialect)
  expectError(
    await inMeeting.request('POST', `${meeting}/changeScreenSharingRole`, body),
    refused('needs application-hosted media'),
  )
  const unknown = `${dialect.calls}/${randomUUID()}/changeScreenSharingRole`
  expectError(await inCall.request('POST', unknown, body), { status: 404, code: '8522' })
})

test('changeScreenSharingRole needs the permission to access media', async () => {
  const bot = await newBot({ roles: 'Calls.JoinGroupCall.All' })
  const path = `${COMMUNICATIONS.calls}/${randomUUID()}/changeScreenSharingRole`
  expectError(await bot.request('POST', path, { role: 'viewer' }), {
    status: 403,
    code: '7504',
    says: 'Calls.AccessMedia.All',
  })
})
