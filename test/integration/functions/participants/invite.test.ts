import { expect, inject, test } from 'vitest'
import {
  APP2019,
  COMMUNICATIONS,
  dialects,
  establishCall,
  establishMeeting,
  GUID,
  getNotification,
  lastId,
  newBot,
  newPersonIds,
  UPPER_HEX,
} from '../../../support/scenarios.js'
import { user } from '../../../support/testBot.js'

const invitation = (people: readonly string[]) => people.map((id) => ({ identity: user(id) }))

test('app: an invitation returns 202 with the address of a running operation and the operation itself', async () => {
  const bot = await newBot()
  const call = await establishMeeting(bot, APP2019)
  const body = { participants: invitation(newPersonIds(1)), clientContext: 'd45324c1' }
  const reply = await bot.request('POST', `${call}/participants/invite`, body)

  expect(reply.status).toBe(202)
  expect(reply.headers.get('location')).toBe(`${inject('baseUrl')}${call}/operations/${reply.body.id}`)
  expect(reply.body).toEqual({
    id: expect.stringMatching(UPPER_HEX),
    status: 'running',
    createdDateTime: expect.stringMatching(/Z$/),
    lastActionDateTime: expect.stringMatching(/Z$/),
    clientContext: 'd45324c1',
  })
})

test('communications: an invitation returns 200 and a running inviteParticipantsOperation', async () => {
  const bot = await newBot()
  const call = await establishMeeting(bot, COMMUNICATIONS)
  const [personId = ''] = newPersonIds(1)
  const body = { participants: invitation([personId]), clientContext: 'd45324c1' }
  const reply = await bot.request('POST', `${call}/participants/invite`, body)

  expect(reply.status).toBe(200)
  expect(reply.headers.get('location')).toBe(`${inject('baseUrl')}${call}/operations/${reply.body.id}`)
  expect(reply.body).toMatchObject({
    '@odata.type': '#microsoft.graph.inviteParticipantsOperation',
    id: expect.stringMatching(GUID),
    status: 'running',
    clientContext: 'd45324c1',
    participants: [{ identity: { user: { id: personId } } }],
  })
})

test.each(dialects)(
  '$dialect: the bot is notified of the completed operation, under the id of the reply, and then of the roster',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    const [personId = ''] = newPersonIds(1)
    const body = { participants: invitation([personId]), clientContext: 'd45324c1' }
    const reply = await bot.request('POST', `${call}/participants/invite`, body)

    await bot.waitFor(5)
    expect(bot.flow().slice(3)).toEqual(['deleted operations completed', 'updated participants 2'])
    expect(getNotification(bot, 4)).toMatchObject({
      resource: `/app/calls/${lastId(call)}/operations/${reply.body.id}`,
      resourceData: {
        '@odata.type': '#microsoft.graph.inviteParticipantsOperation',
        id: reply.body.id,
        clientContext: 'd45324c1',
        participants: [{ identity: { user: { id: personId } } }],
        resultInfo: { code: 200 },
      },
    })
    const me = { info: { identity: { application: { id: bot.applicationId } } } }
    const invited = { info: { identity: { user: { id: personId } } } }
    expect(getNotification(bot, 5).resourceData).toMatchObject(
      dialect.dialect === 'app' ? [invited, me] : [me, invited],
    )
  },
)

test.each(dialects)(
  '$dialect: an invitation without a clientContext has none in its reply and none in its notification',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    const reply = await bot.request('POST', `${call}/participants/invite`, {
      participants: invitation(newPersonIds(1)),
    })

    await bot.waitFor(4)
    expect(reply.body).not.toHaveProperty('clientContext')
    expect(getNotification(bot, 4).resourceData).not.toHaveProperty('clientContext')
  },
)

test.each(['ü€😀 "quoted" \\ / <b>', '  spaces around  ', 'x'.repeat(256)])(
  'the clientContext %j comes back unchanged',
  async (clientContext) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, COMMUNICATIONS)
    const body = { participants: invitation(newPersonIds(1)), clientContext }
    const reply = await bot.request('POST', `${call}/participants/invite`, body)

    await bot.waitFor(4)
    expect([reply.body.clientContext, getNotification(bot, 4).resourceData.clientContext]).toEqual([
      clientContext,
      clientContext,
    ])
  },
)

test.each(dialects)(
  '$dialect: a bot invites five people at once, and the last of them completes the operation',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    await bot.request('POST', `${call}/participants/invite`, { participants: invitation(newPersonIds(5)) })

    await bot.waitFor(9)
    expect(bot.flow().slice(3)).toEqual([
      'updated participants 2',
      'updated participants 3',
      'updated participants 4',
      'updated participants 5',
      'deleted operations completed',
      'updated participants 6',
    ])
  },
)

test.each(dialects)(
  '$dialect: an invitation turns a peer-to-peer call into a group call with a roster',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishCall(bot, dialect)
    const before = bot.received.length
    const participants = invitation(newPersonIds(1))
    const reply = await bot.request('POST', `${call}/participants/invite`, { participants })

    expect([reply.status, reply.body.status]).toEqual([dialect === APP2019 ? 202 : 200, 'running'])
    await bot.waitFor(before + 2)
    expect(bot.flow().slice(before)).toEqual(['deleted operations completed', 'updated participants 3'])
    expect((await bot.request('GET', `${call}/participants`)).body.value).toHaveLength(3)
  },
)

test('the roster shows the region and language of a participant, wherever the invitation has them', async () => {
  const bot = await newBot()
  const call = await establishMeeting(bot, APP2019)
  const [onInfo, inIdentity, unspecified] = newPersonIds(3)
  const participants = [
    { identity: { user: { id: onInfo } }, region: 'westus', languageId: 'en-US' },
    { identity: { user: { id: inIdentity, region: 'westeurope', languageId: 'de-DE' } } },
    { identity: { user: { id: unspecified } } },
  ]
  await bot.request('POST', `${call}/participants/invite`, { participants })

  await bot.waitFor(7)
  const infoOf = (id: string | undefined, region: string, languageId: string) =>
    expect.objectContaining({
      info: {
        '@odata.type': '#microsoft.graph.participantInfo',
        identity: { user: { id, displayName: id } },
        region,
        languageId,
      },
    })
  expect(getNotification(bot, 7).resourceData.slice(0, -1)).toEqual(
    expect.arrayContaining([
      infoOf(onInfo, 'westus', 'en-US'),
      infoOf(inIdentity, 'westeurope', 'de-DE'),
      // The directory supplies what the invitation leaves out, because bots show names and fail when one is missing.
      infoOf(unspecified, 'westus', 'en-US'),
    ]),
  )
})
