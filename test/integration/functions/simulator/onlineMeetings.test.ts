import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { writeJoinUrl } from '../../../../shared/simulator/joinUrls.js'
import { COMMUNICATIONS, expectError, newBot } from '../../../support/scenarios.js'
import { send, type TestBot } from '../../../support/testBot.js'

const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47'

interface Meeting {
  readonly id: string
  readonly joinWebUrl: string
  readonly joinMeetingIdSettings: { readonly joinMeetingId: string; readonly passcode: string }
  readonly videoTeleconferenceId: string
}

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

const USER_PATHS = ['/v1.0/users/someone', '/v1.0/me']
const APPLICATION_PATHS = ['/v1.0/communications', '/beta/app', '/app']

/** Returns the paths by which a meeting is found, alone or as the only one in a list. */
function waysToFind(
  start: string,
  { id, joinWebUrl, joinMeetingIdSettings, videoTeleconferenceId }: Meeting,
): string[] {
  const { joinMeetingId, passcode } = joinMeetingIdSettings
  const filters = [
    `JoinWebUrl eq '${encodeURIComponent(joinWebUrl)}'`,
    ...['teams.microsoft.com', 'teams.live.com', 'teams.cloud.microsoft', 'gov.teams.microsoft.us'].map(
      (host) => `JoinWebUrl eq '${encodeURIComponent(`https://${host}/meet/${joinMeetingId}?p=${passcode}`)}'`,
    ),
    // Not encoded, as some clients write it.
    `joinWebUrl eq 'https://teams.microsoft.com/meet/${joinMeetingId}?p=${passcode}'`,
    `joinMeetingIdSettings/joinMeetingId eq '${joinMeetingId}'`,
    `VideoTeleconferenceId eq '${videoTeleconferenceId}'`,
  ]
  return [`${start}/onlineMeetings/${id}`, ...filters.map((filter) => `${start}/onlineMeetings?$filter=${filter}`)]
}

async function expectFoundEverywhere(bot: TestBot, meeting: Meeting): Promise<void> {
  for (const path of [...USER_PATHS, ...APPLICATION_PATHS].flatMap((start) => waysToFind(start, meeting))) {
    const { status, body } = await bot.request('GET', path)
    const { joinUrl: _, ...found } = body.value?.[0] ?? body
    expect({ path, status, found, count: body.value?.length ?? 1 }).toEqual({
      path,
      status: 200,
      found: meeting,
      count: 1,
    })
  }
}

test('a new meeting is found with all its properties, in every way and under every path', async () => {
  const bot = await newBot()
  const times = { startDateTime: '2026-01-31T09:30:00.000Z', endDateTime: '2026-01-31T10:00:00.000Z' }
  const body = { subject: 'Weekly', ...times }
  const created = await bot.request('POST', '/v1.0/users/heidi/onlineMeetings', body)

  expect(created).toMatchObject({ status: 201, body })
  await expectFoundEverywhere(bot, created.body)
})

test('a meeting of Teams is found by its short join URL alone, and then read by the returned id', async () => {
  const bot = await newBot()
  const url = 'https://teams.microsoft.com/meet/391887961194453?p=gs3i4BbISAYdWvdTo0'
  const { status, body } = await findMeetings(bot, 'JoinWebUrl', url)

  expect(status).toBe(200)
  const [{ creationDateTime: _, startDateTime: __, endDateTime: ___, ...meeting }] = body.value
  expect(meeting).toMatchObject({
    joinWebUrl: expect.stringMatching(/^https:\/\/teams\.microsoft\.com\/l\/meetup-join\//),
    chatInfo: { threadId: expect.stringMatching(/^19:meeting_/), messageId: '0' },
    participants: { organizer: { identity: { user: { id: 'someone', tenantId: bot.tenantId } } } },
    joinMeetingIdSettings: { joinMeetingId: '391887961194453', passcode: 'gs3i4BbISAYdWvdTo0' },
  })
  const { chatInfo, joinWebUrl } = meeting
  const byId = await bot.request('GET', `/v1.0/users/someone/onlineMeetings/${meeting.id}`)
  expect(byId).toMatchObject({ status: 200, body: { id: meeting.id, chatInfo, joinWebUrl } })
})

test.each([
  ['/v1.0/communications', 'heidi'],
  ['/beta/app', 'heidi'],
  ['/app', 'heidi'],
  ['/v1.0/communications', undefined],
])(
  'below %s, a body with the organizer %s creates a meeting of that user, by default of the bot',
  async (start, userId) => {
    const bot = await newBot()
    const organizer = { identity: { user: { id: userId } } }
    const body = { meetingType: 'meetNow', subject: 'subject-value', ...(userId && { participants: { organizer } }) }
    const created = await bot.request('POST', `${start}/onlineMeetings`, body)

    expect(created.status).toBe(201)
    expect(created.body.participants.organizer.identity.user.id).toBe(userId ?? bot.applicationId)
    const { joinUrl: _, ...meeting } = created.body
    await expectFoundEverywhere(bot, meeting)
  },
)

test('createOrGet creates a meeting once for each organizer and external id, and does not change it', async () => {
  const bot = await newBot()
  const createOrGet = (owner: string, externalId: string, body = {}) =>
    bot.request('POST', `/v1.0/${owner}/onlineMeetings/createOrGet`, { externalId, ...body })
  const times = { startDateTime: '2020-02-06T01:49:21.352Z', endDateTime: '2020-02-06T02:19:21.352Z' }
  const [externalId, other] = [randomUUID(), randomUUID()]
  const created = await createOrGet('me', externalId, { subject: 'First', ...times })

  expect(created).toMatchObject({ status: 201, body: { externalId, subject: 'First', ...times } })
  expect(created.body.participants.organizer.identity.user.id).toBe(bot.applicationId)
  expect(await createOrGet('ME', externalId, { subject: 'Second' })).toMatchObject({ status: 200, body: created.body })
  const others = [await createOrGet('me', other), await createOrGet('users/heidi', externalId)]
  const ids = [created, ...others].map(({ body }) => body.id)
  expect(others.map(({ status }) => status)).toEqual([201, 201])
  expect(new Set(ids).size).toBe(3)
  await expectFoundEverywhere(bot, created.body)
})

test('of several createOrGet requests at the same time, one creates the meeting and all return it', async () => {
  const bot = await newBot()
  const path = '/v1.0/users/heidi/onlineMeetings/microsoft.graph.createOrGet'
  const body = { externalId: randomUUID() }
  const replies = await Promise.all(Array.from({ length: 5 }, () => bot.request('POST', path, body)))

  expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 201])
  for (const reply of replies) expect(reply.body).toEqual(replies[0]?.body)
})

test('a changed meeting keeps everything else, and is found in every way', async () => {
  const bot = await newBot()
  const path = '/v1.0/users/heidi/onlineMeetings'
  const { body: created } = await bot.request('POST', path, { subject: 'Weekly' })
  const times = { startDateTime: '2030-01-31T09:30:00.000Z', endDateTime: '2030-01-31T10:00:00.000Z' }

  const moved = await bot.request('PATCH', `${path}/${created.id}`, times)
  expect(moved).toMatchObject({ status: 200, body: { ...created, ...times } })
  const subject = 'Patch Meeting Subject'
  const renamed = await bot.request('PATCH', `${path}/${created.id}`, { subject, lobbyBypassSettings: {} })
  expect(renamed).toMatchObject({ status: 200, body: { ...created, ...times, subject } })
  await expectFoundEverywhere(bot, renamed.body)
})

test('a meeting of Teams that was never stored can be changed, also one of a channel', async () => {
  const bot = await newBot()
  const threadId = `19:${randomUUID()}@thread.tacv2`
  const urlOf = (messageId: string) =>
    writeJoinUrl({ threadId, messageId, organizerId: 'heidi', tenantId: bot.tenantId })
  const find = async (messageId: string) => (await findMeetings(bot, 'JoinWebUrl', urlOf(messageId))).body.value[0]
  const meeting = await find('1507228578052')

  const changed = await bot.request('PATCH', `/v1.0/me/onlineMeetings/${meeting.id}`, { subject: 'Changed' })
  expect(changed).toMatchObject({ status: 200, body: { subject: 'Changed', joinWebUrl: urlOf('1507228578052') } })
  expect(await find('1507228578052')).toEqual(changed.body)
  expect(await find('1507228578053')).toMatchObject({ subject: null })
})

test('a meeting of any tenant is found by its join URL and by the returned id, and keeps its tenant', async () => {
  const bot = await newBot()
  const joinWebUrl = writeJoinUrl({ threadId: '19:x@thread.v2', messageId: '0', organizerId: 'ann', tenantId: TENANT })
  const [found] = (await findMeetings(bot, 'JoinWebUrl', joinWebUrl)).body.value
  const byId = await bot.request('GET', `/v1.0/users/ann/onlineMeetings/${found.id}`)

  expect(found).toMatchObject({ joinWebUrl, participants: { organizer: { identity: { user: { tenantId: TENANT } } } } })
  expect(byId.body).toMatchObject({ id: found.id, joinWebUrl, participants: found.participants })
})

test('the stored properties of a meeting are not shown to another tenant', async () => {
  const [bot, stranger] = [await newBot(), await newBot()]
  const { body } = await bot.request('POST', '/v1.0/users/heidi/onlineMeetings', { subject: 'Secret' })

  for (const path of waysToFind('/v1.0/users/heidi', body)) {
    expect((await bot.request('GET', path)).text).toContain('Secret')
    expect((await stranger.request('GET', path)).text).not.toContain('Secret')
  }
  const change = { subject: 'Changed by a stranger' }
  const refused = await stranger.request('PATCH', `/v1.0/users/heidi/onlineMeetings/${body.id}`, change)
  expectError(refused, { status: 403, code: '7505', says: 'The meeting belongs to the tenant' })
  expect((await bot.request('GET', `/v1.0/users/heidi/onlineMeetings/${body.id}`)).body).toEqual(body)
})

test.each(['users/heidi', 'me'])('an id below %s that is not the id of a meeting is not found', async (owner) => {
  const bot = await newBot()
  for (const id of ['1', randomUUID(), 'MSo1N2Y5']) {
    for (const [method, body] of [['GET'], ['PATCH', { subject: 'x' }]] as const) {
      const reply = await bot.request(method, `/v1.0/${owner}/onlineMeetings/${id}`, body)
      expectError(reply, { status: 404, code: 'itemNotFound', says: 'meetingId: is not the id of an online meeting.' })
    }
  }
})

test('a refused change changes nothing, and its error names the property', async () => {
  const bot = await newBot()
  const { body: created } = await bot.request('POST', '/v1.0/users/heidi/onlineMeetings', { subject: 'Weekly' })
  const path = `/v1.0/users/heidi/onlineMeetings/${created.id}`
  const [early, late] = ['2026-01-31T09:00:00Z', '2026-01-31T10:00:00Z']
  const organizer = (id: string) => ({ organizer: { identity: { user: { id } } } })
  const refused: [body: object | undefined, says: string][] = [
    [undefined, 'The request body: is required.'],
    [{ subject: 1 }, 'subject: must be a JSON string.'],
    [{ subject: 'x', startDateTime: late, endDateTime: early }, 'endDateTime: is before startDateTime.'],
    [{ subject: 'x', startDateTime: early }, 'endDateTime: is required with startDateTime.'],
    [{ subject: 'x', endDateTime: late }, 'startDateTime: is required with endDateTime.'],
    [{ subject: 'x', participants: organizer('ann') }, 'participants.organizer: the organizer of a meeting'],
  ]

  for (const [body, says] of refused) {
    expectError(await bot.request('PATCH', path, body), { status: 400, code: 'invalidRequest', says })
  }
  expect((await bot.request('GET', path)).body).toEqual(created)
  expect((await bot.request('PATCH', path, { participants: organizer('Heidi') })).body).toEqual(created)
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
    ['JoinWebUrl', 'https://elsewhere.example/meet/123?p=1'],
    ['VideoTeleconferenceId', ''],
  ] as const) {
    expect(await findMeetings(bot, property, value)).toMatchObject({ status: 200, body: { value: [] } })
  }
})

test.each(['', "?$filter=subject eq 'x'", '?$filter=JoinWebUrl', '?$top=1'])(
  'a list of meetings with the query %o is refused with the filter that is needed',
  async (query) => {
    const bot = await newBot()
    const says = "$filter: must be JoinWebUrl eq '...'"

    for (const owner of ['users/someone', 'me', 'communications']) {
      const reply = await bot.request('GET', `/v1.0/${owner}/onlineMeetings${query}`)
      expectError(reply, { status: 400, code: 'invalidRequest', says })
    }
  },
)

test.each(['', undefined])('createOrGet needs an external id, and not %o', async (externalId) => {
  const bot = await newBot()
  const reply = await bot.request('POST', '/v1.0/me/onlineMeetings/createOrGet', { externalId })
  expectError(reply, { status: 400, code: 'invalidRequest', says: 'externalId: ' })
})

const bad: [title: string, body: object, says: string][] = [
  ['a subject that is a number', { subject: 1 }, 'subject: must be a JSON string.'],
  ['a start that is not a time', { startDateTime: 'soon' }, 'startDateTime: must be a date and a time'],
  [
    'an end before its start',
    { startDateTime: '2026-01-31T10:00:00Z', endDateTime: '2026-01-31T09:00:00Z' },
    'endDateTime: is before startDateTime.',
  ],
  ['an end alone', { endDateTime: '2026-01-31T10:00:00Z' }, 'startDateTime: is required with endDateTime.'],
  ['a time after the year 9999', { startDateTime: '+275760-09-13T00:00:00Z' }, 'startDateTime: must be a date and'],
  ['an organizer without an id', { participants: { organizer: { identity: { user: {} } } } }, '.user.id: is required.'],
]
test.each(bad)('a meeting is not created with %s', async (_, body, says) => {
  const bot = await newBot()

  for (const path of ['/v1.0/me/onlineMeetings', '/v1.0/communications/onlineMeetings']) {
    expectError(await bot.request('POST', path, body), { status: 400, code: 'invalidRequest', says })
  }
  const reply = await bot.request('POST', '/v1.0/me/onlineMeetings/createOrGet', { externalId: 'x', ...body })
  expectError(reply, { status: 400, code: 'invalidRequest', says })
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
