import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  ANSWER,
  actAsPerson,
  COMMUNICATIONS,
  dialects,
  establishMeeting,
  expectError,
  getNotification,
  joinCall,
  lastId,
  newBot,
} from '../../../support/scenarios.js'
import { type TestBot, user } from '../../../support/testBot.js'

// Every kind of incoming call that Graph's documentation shows.

const place = (bot: TestBot, rest: object) =>
  bot.request('POST', '/simulator/calls', { to: { application: { id: bot.applicationId } }, from: user(), ...rest })

const callers = ['user', 'phone', 'guest', 'encrypted', 'applicationInstance'] as const

test.each(dialects.flatMap((dialect) => callers.map((kind) => ({ ...dialect, kind }))))(
  '$dialect: the caller can be a $kind, and leaves by the id of that identity',
  async ({ dialect, kind }) => {
    const bot = await newBot({ registered: dialect })
    const id = kind === 'phone' ? `+1${Date.now()}` : randomUUID()
    const { status, body } = await place(bot, { from: { [kind]: { id, displayName: 'Megan Bowen' } } })
    expect(status).toBe(201)
    await bot.waitFor(1)
    expect(getNotification(bot, 1).resourceData.source.identity[kind]).toMatchObject({ id, displayName: 'Megan Bowen' })

    const leave = await bot.request('POST', `/simulator/people/${encodeURIComponent(id)}/leave`)
    expect(leave).toMatchObject({ status: 200, body: { callId: body.id } })
  },
)

test('a call to the resource account of a bot has that account as its target, and the bot joins as it', async () => {
  const bot = await newBot({ registered: 'communications' })
  const applicationInstance = { id: randomUUID(), displayName: 'Reception', tenantId: randomUUID() }
  const { body } = await place(bot, { to: { application: { id: bot.applicationId }, applicationInstance } })
  await bot.waitFor(1)

  const { resourceData } = getNotification(bot, 1)
  expect(resourceData.targets).toMatchObject([{ identity: { applicationInstance } }])
  expect(resourceData.targets[0].identity).not.toHaveProperty('application')
  expect((await bot.request('POST', `${COMMUNICATIONS.calls}/${body.id}/answer`, ANSWER)).status).toBe(202)
})

const chatInfo = { threadId: '19:meeting@thread.v2', messageId: '0' }
const meetingInfo = { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'join token' }

test.each(dialects)(
  '$dialect: an invitation to a meeting names it, and the bot that answers gets its roster',
  async (dialect) => {
    const bot = await newBot({ registered: dialect.dialect })
    const { body } = await place(bot, { chatInfo, meetingInfo })
    await bot.waitFor(1)
    expect(getNotification(bot, 1).resourceData).toMatchObject({ chatInfo, meetingInfo })

    expect((await bot.request('POST', `${dialect.calls}/${body.id}/answer`, ANSWER)).status).toBeLessThan(300)
    await bot.waitFor(4)
    const roster = bot.flow().filter((notification) => notification.includes('participants'))
    expect(roster).toHaveLength(1)
  },
)

test.each(dialects)('$dialect: a retargeted call says how it was routed', async (dialect) => {
  const bot = await newBot({ registered: dialect.dialect })
  const callRoutes = [
    { routingType: 'lookup', original: { phone: { id: '+14258828080' } }, final: { user: { id: 'heidi' } } },
  ]
  await place(bot, { callRoutes })
  await bot.waitFor(1)
  expect(getNotification(bot, 1).resourceData.callRoutes).toMatchObject(callRoutes)
})

test('the incoming call for a policy-based recording names the observed participant', async () => {
  const bot = await newBot({ registered: 'communications' })
  const observed = randomUUID()
  const incomingContext = {
    sourceParticipantId: observed,
    observedParticipantId: observed,
    onBehalfOf: { user: { id: 'boss' } },
  }
  const applicationMetadata = { botData: { inviteReasons: ['PolicyBasedRecording'] } }
  const { body } = await place(bot, { meetingInfo, incomingContext, applicationMetadata })
  await bot.waitFor(1)
  const { resourceData } = getNotification(bot, 1)
  expect(resourceData).toMatchObject({ incomingContext, applicationMetadata })
  expect(resourceData.incomingContext['@odata.type']).toBe('#microsoft.graph.incomingContext')
  const call = await bot.request('GET', `${COMMUNICATIONS.calls}/${body.id}`)
  expect(call.body).toMatchObject({ incomingContext })
})

test.each([
  ['from', { from: {} }],
  ['from', { from: { user: { id: 'a' }, phone: { id: 'b' } } }],
  ['callRoutes', { callRoutes: [{ routingType: 'sideways', original: user(), final: user() }] }],
  ['callRoutes', { callRoutes: [{ routingType: 'lookup', original: user() }] }],
  ['incomingContext', { incomingContext: { observedParticipantId: 7 } }],
  ['applicationMetadata', { applicationMetadata: 'text' }],
  ['meetingInfo', { meetingInfo: { token: 'without a type' } }],
  ['to.applicationInstance', { to: { application: { id: randomUUID() }, applicationInstance: {} } }],
])('a wrong %s is a 400 that names it: %j', async (property, rest) => {
  const bot = await newBot({ registered: 'communications' })
  expectError(await place(bot, rest), { status: 400, code: 'invalidRequest', says: property })
})

test.each(dialects)('$dialect: a person who is refused leaves the lobby and the roster', async (dialect) => {
  const bot = await newBot()
  const meeting = await establishMeeting(bot, dialect)
  const personId = randomUUID()
  const participantId = await joinCall(bot, meeting, dialect, { personId, isInLobby: true })
  await actAsPerson(bot, personId, 'refuse')
  await bot.waitFor(5)
  expect(bot.flow().slice(3)).toEqual(['updated participants 2', 'updated participants 1'])
  expect((await bot.request('GET', `${meeting}/participants/${participantId}`)).status).toBe(404)

  await joinCall(bot, meeting, dialect, { personId })
  const inCall = await bot.request('POST', `/simulator/people/${personId}/refuse`, { callId: lastId(meeting) })
  expectError(inCall, { status: 409, code: 'notAllowed', says: 'is not in the lobby of this call.' })
})

test.each(dialects)('$dialect: a person waits in the lobby until they are admitted', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const id = randomUUID()
  const joined = await bot.request('POST', `/simulator/calls/${lastId(call)}/participants`, {
    identity: { guest: { id } },
    isInLobby: true,
  })
  expect(joined.status).toBe(201)
  await bot.waitFor(4)
  const findEntry = (index: number) =>
    getNotification(bot, index).resourceData.find(
      ({ info }: { info: { identity: object } }) => 'guest' in info.identity,
    )
  expect(findEntry(4).isInLobby).toBe(true)
  const entry = await bot.request('GET', `${call}/participants/${joined.body.id}`)
  expect(entry.body.isInLobby).toBe(true)

  expect((await bot.request('POST', `/simulator/people/${id}/admit`)).status).toBe(200)
  await bot.waitFor(5)
  expect(findEntry(5).isInLobby ?? false).toBe(false)
  const again = { callId: lastId(call) }
  expect((await bot.request('POST', `/simulator/people/${id}/admit`, again)).status).toBe(409)
})
