import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { writeJoinUrl } from '../../../../shared/simulator/joinUrls.js'
import { COMMUNICATIONS, expectError, newBot } from '../../../support/scenarios.js'
import { send, type TestBot } from '../../../support/testBot.js'

const findMeetings = (bot: TestBot, property: string, value: string) =>
  bot.request('GET', `/v1.0/users/someone/onlineMeetings?$filter=${property} eq '${encodeURIComponent(value)}'`)

test('a new meeting of a user contains everything that a bot needs to join it', async () => {
  const bot = await newBot()
  const [userId, subject] = [randomUUID(), 'Weekly']
  const { status, body } = await bot.request('POST', `/v1.0/users/${userId}/onlineMeetings`, {
    subject,
    startDateTime: '2026-01-31T09:30:00.1234567+01:00',
    endDateTime: '2026-01-31T10:30:00',
    participants: { attendees: [{ upn: 'heidi@contoso.com' }] },
  })

  expect(status).toBe(201)
  const threadId = expect.stringMatching(/^19:meeting_\w+=*@thread\.v2$/)
  expect(body).toEqual({
    id: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
    subject,
    creationDateTime: expect.stringMatching(/Z$/),
    startDateTime: '2026-01-31T08:30:00.123Z',
    endDateTime: '2026-01-31T10:30:00.000Z',
    joinWebUrl: writeJoinUrl({
      threadId: body.chatInfo.threadId,
      messageId: '0',
      organizerId: userId,
      tenantId: bot.tenantId,
    }),
    chatInfo: { threadId, messageId: '0', replyChainMessageId: '0' },
    participants: {
      organizer: {
        upn: null,
        role: 'presenter',
        identity: { user: { id: userId, tenantId: bot.tenantId, displayName: null } },
      },
      attendees: [],
    },
    joinMeetingIdSettings: {
      isPasscodeRequired: true,
      joinMeetingId: expect.stringMatching(/^\d{12}$/),
      passcode: expect.stringMatching(/^\d{6}$/),
    },
    videoTeleconferenceId: body.joinMeetingIdSettings.joinMeetingId,
  })
})

test('a meeting without a body starts now and lasts an hour, and in beta it also has a joinUrl', async () => {
  const bot = await newBot()
  const { status, body } = await bot.request('POST', '/beta/me/onlineMeetings')

  expect(status).toBe(201)
  expect(body.participants.organizer.identity.user.id).toBe(bot.applicationId)
  expect(body.joinUrl).toBe(body.joinWebUrl)
  expect(body.startDateTime).toBe(body.creationDateTime)
  expect(Date.parse(body.endDateTime) - Date.parse(body.startDateTime)).toBe(3_600_000)
})

test('each new meeting has its own join URL and number', async () => {
  const bot = await newBot()
  const create = async () => (await bot.request('POST', '/v1.0/me/onlineMeetings', {})).body
  const [first, second] = [await create(), await create()]

  expect(first.joinWebUrl).not.toBe(second.joinWebUrl)
  expect(first.videoTeleconferenceId).not.toBe(second.videoTeleconferenceId)
})

test('a new meeting is found by its join URL, by its number and by its video conference', async () => {
  const bot = await newBot()
  const { body } = await bot.request('POST', '/v1.0/users/someone/onlineMeetings', {})
  const { id, joinWebUrl, chatInfo, participants, joinMeetingIdSettings, videoTeleconferenceId } = body
  const expected = { id, joinWebUrl, chatInfo, participants, joinMeetingIdSettings, videoTeleconferenceId }

  expect((await findMeetings(bot, 'JoinWebUrl', joinWebUrl)).body).toMatchObject({ value: [expected] })
  const { joinMeetingId } = joinMeetingIdSettings
  const byNumber = await findMeetings(bot, 'joinMeetingIdSettings/joinMeetingId', joinMeetingId)
  expect(byNumber.body).toMatchObject({ value: [expected] })
  const byVideo = await bot.request('GET', `/v1.0/communications/onlineMeetings/${videoTeleconferenceId}`)
  expect(byVideo).toMatchObject({ status: 200, body: { chatInfo, joinMeetingIdSettings, videoTeleconferenceId } })
})

test('any name of a video conference always leads to the same meeting', async () => {
  const bot = await newBot()
  const path = '/v1.0/communications/onlineMeetings/113018279@t.plcm.vc'
  const { body } = await bot.request('GET', path)

  expect(body).toMatchObject({ videoTeleconferenceId: '113018279@t.plcm.vc', chatInfo: { messageId: '0' } })
  expect(body.participants.organizer.identity.user.tenantId).toBe(bot.tenantId)
  expect((await bot.request('GET', path)).body.chatInfo).toEqual(body.chatInfo)
})

test('a value that no meeting can have finds nothing', async () => {
  const bot = await newBot()

  for (const [property, value] of [
    ['JoinWebUrl', 'https://elsewhere.example/meeting'],
    ['joinMeetingIdSettings/joinMeetingId', 'abc'],
  ] as const) {
    expect(await findMeetings(bot, property, value)).toMatchObject({ status: 200, body: { value: [] } })
  }
})

test.each(['', "?$filter=subject eq 'x'", '?$filter=JoinWebUrl', '?$top=1'])(
  'a list of meetings with the query %o is refused with the filter that is needed',
  async (query) => {
    const bot = await newBot()
    const says = "$filter: must be JoinWebUrl eq '...'"

    for (const owner of ['users/someone', 'me']) {
      const reply = await bot.request('GET', `/v1.0/${owner}/onlineMeetings${query}`)
      expectError(reply, { status: 400, code: 'invalidRequest', says })
    }
  },
)

const bad: [title: string, body: object, says: string][] = [
  ['a subject that is a number', { subject: 1 }, 'subject: must be a JSON string.'],
  ['a start that is not a time', { startDateTime: 'soon' }, 'startDateTime: must be a date and a time'],
  [
    'an end before its start',
    { startDateTime: '2026-01-31T10:00:00Z', endDateTime: '2026-01-31T09:00:00Z' },
    'endDateTime: is before startDateTime.',
  ],
]
test.each(bad)('a meeting is not created with %s', async (_, body, says) => {
  const bot = await newBot()

  expectError(await bot.request('POST', '/v1.0/me/onlineMeetings', body), { status: 400, code: 'invalidRequest', says })
})

test.each(['users/heidi%40contoso.com', 'me'])('the calendar of %s is empty', async (owner) => {
  const bot = await newBot()
  const reply = await bot.request('GET', `/v1.0/${owner}/calendar/events?$top=5`)

  expect(reply).toMatchObject({ status: 200, body: { value: [] } })
})

test('calendars and video conferences need a token, and no permission', async () => {
  const bot = await newBot({ roles: '' })
  const paths = ['/v1.0/users/someone/calendar/events', '/v1.0/communications/onlineMeetings/1']

  for (const path of paths) {
    expect((await bot.request('GET', path)).status).toBe(200)
    expectError(await send(inject('baseUrl'), 'GET', path), { status: 401, code: 'unauthenticated' })
  }
})

test('a bot joins the meeting that it has created', async () => {
  const bot = await newBot()
  const { body: meeting } = await bot.request('POST', '/v1.0/me/onlineMeetings', {})
  const { chatInfo, joinMeetingIdSettings, participants } = meeting
  const infos = [
    { '@odata.type': '#microsoft.graph.organizerMeetingInfo', organizer: participants.organizer.identity },
    { '@odata.type': '#microsoft.graph.joinMeetingIdMeetingInfo', ...joinMeetingIdSettings },
  ]
  for (const meetingInfo of infos) {
    const { callbackUri } = bot
    expect((await bot.request('POST', COMMUNICATIONS.calls, { callbackUri, chatInfo, meetingInfo })).status).toBe(201)
  }
})
