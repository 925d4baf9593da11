import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  ANSWER,
  actAsPerson,
  create,
  dialects,
  endOf,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  getNotification,
  groupCallBody,
  hangUpOf,
  lastId,
  newBot,
  newPersonIds,
  placeCall,
} from '../../support/scenarios.js'
import { user } from '../../support/testBot.js'

// The notifications of a call from the first to the last, in both dialects. People answer by themselves.

test.each(dialects)('$dialect: the bot calls a person, the person answers, and the bot hangs up', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  await bot.request('DELETE', call)

  const expected = ['updated call establishing', ...establishedWithAudio(dialect), ...hangUpOf(dialect)]
  await bot.waitFor(expected.length)
  expect(bot.flow()).toEqual(expected)
})

test.each(dialects)(
  '$dialect: the bot calls a person, the person answers, and the person hangs up',
  async (dialect) => {
    const bot = await newBot()
    const personId = randomUUID()
    await establishCall(bot, dialect, personId)
    await actAsPerson(bot, personId, 'leave')

    const expected = ['updated call establishing', ...establishedWithAudio(dialect), ...endOf(dialect)]
    await bot.waitFor(expected.length)
    expect(bot.flow()).toEqual(expected)
  },
)

test.each(dialects)('$dialect: a person calls the bot, the bot answers, and the person hangs up', async (dialect) => {
  const bot = await newBot({ registered: dialect.dialect })
  const personId = randomUUID()
  const callId = await placeCall(bot, personId)
  await bot.waitFor(1)
  expect(getNotification(bot, 1)).toMatchObject({
    resource: `/app/calls/${dialect.spell(callId)}`,
    resourceData: {
      state: 'incoming',
      direction: 'incoming',
      source: { identity: { user: { id: personId } } },
      targets: [{ identity: { application: { id: bot.applicationId } } }],
      requestedModalities: ['audio'],
    },
  })
  await bot.request('POST', `${dialect.calls}/${callId}/answer`, ANSWER)
  await bot.waitFor(2 + establishedWithAudio(dialect).length)
  await actAsPerson(bot, personId, 'leave')

  const expected = [
    'created call incoming',
    'updated call establishing',
    ...establishedWithAudio(dialect),
    ...endOf(dialect),
  ]
  await bot.waitFor(expected.length)
  expect(bot.flow()).toEqual(expected)
})

test.each(dialects)('$dialect: a person calls the bot and hangs up before the bot answers', async (dialect) => {
  const bot = await newBot({ registered: dialect.dialect })
  const personId = randomUUID()
  await placeCall(bot, personId)
  await bot.waitFor(1)
  await actAsPerson(bot, personId, 'leave')

  await bot.waitFor(1 + endOf(dialect).length)
  expect(bot.flow()).toEqual(['created call incoming', ...endOf(dialect)])
})

test.each(dialects)(
  '$dialect: the bot joins a meeting, a person joins and leaves, and the meeting continues',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    const personId = randomUUID()
    const joined = await bot.request('POST', `/simulator/calls/${lastId(call)}/participants`, {
      identity: user(personId),
    })
    expect(joined.status).toBe(201)
    await bot.waitFor(4)
    await actAsPerson(bot, personId, 'leave')

    await bot.waitFor(5)
    expect(bot.flow()).toEqual([
      'updated call establishing',
      'updated call established',
      'updated participants 1',
      'updated participants 2',
      'updated participants 1',
    ])
    expect(getNotification(bot, 5).resourceData).toMatchObject([
      { info: { identity: { application: { id: bot.applicationId } } } },
    ])
    expect((await bot.request('GET', call)).body.state).toBe('established')
  },
)

test.each(dialects)('$dialect: a group call ends when the last person has left', async (dialect) => {
  const bot = await newBot()
  const [first = '', second = ''] = newPersonIds(2)
  await create(bot, dialect, groupCallBody(bot, [first, second]))
  const [established = '', ...withAudio] = establishedWithAudio(dialect)
  await bot.waitFor(4 + withAudio.length)
  await actAsPerson(bot, first, 'leave')
  await bot.waitFor(5 + withAudio.length)
  await actAsPerson(bot, second, 'leave')

  await bot.waitFor(6 + withAudio.length + endOf(dialect).length)
  expect(bot.flow()).toEqual([
    'updated call establishing',
    established,
    'updated participants 2',
    ...withAudio,
    'updated participants 3',
    'updated participants 2',
    'updated participants 1',
    ...endOf(dialect),
  ])
})

test('communications: only the last notification of a call contains the reason of the end, in resultInfo', async () => {
  const [, dialect] = dialects
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  await bot.request('DELETE', call)

  await bot.waitFor(5)
  expect(getNotification(bot, 4).resourceData).not.toHaveProperty('resultInfo')
  expect(getNotification(bot, 5)).toMatchObject({
    '@odata.type': '#microsoft.graph.commsNotification',
    changeType: 'deleted',
    resource: `/app/calls/${lastId(call)}`,
    resourceUrl: `/communications/calls/${lastId(call)}`,
    resourceData: {
      '@odata.type': '#microsoft.graph.call',
      id: lastId(call),
      state: 'terminated',
      resultInfo: { code: 200, subcode: 7000, message: 'The bot ended the call.' },
    },
  })
})

test('communications: resultInfo shows that the other side ended the call', async () => {
  const [, dialect] = dialects
  const bot = await newBot()
  const personId = randomUUID()
  await establishCall(bot, dialect, personId)
  await actAsPerson(bot, personId, 'leave')

  await bot.waitFor(4)
  expect(getNotification(bot, 4).resourceData.resultInfo).toMatchObject({ code: 200, subcode: 4521 })
})

test('app: a call ends with an update that contains the reason, and a deletion without further data', async () => {
  const [dialect] = dialects
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  await bot.request('DELETE', call)

  await bot.waitFor(4)
  const resource = `/app/calls/${lastId(call)}`
  expect(getNotification(bot, 3)).toMatchObject({
    changeType: 'updated',
    resource,
    resourceData: { state: 'terminated', terminationReason: 'AppInitiated' },
  })
  expect(getNotification(bot, 4)).toEqual({
    changeType: 'deleted',
    resource,
    resourceData: { '@odata.type': '#microsoft.graph.call', '@odata.id': resource, '@odata.etag': expect.any(String) },
  })
})
