import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { user } from '../../support/bot.js'
import {
  ANSWER,
  callToAll,
  create,
  type Dialect,
  dialects,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  lastId,
  move,
  newBot,
  newPeople,
  notified,
  placeCall,
} from '../../support/bots.js'

// What a bot is told from the first notification of a call to the last, in both dialects. People answer by themselves.

const endOf = ({ dialect }: Dialect): string[] =>
  dialect === 'app' ? ['updated call terminated', 'deleted call'] : ['deleted call terminated']
const hungUp = (dialect: Dialect): string[] =>
  dialect.dialect === 'app' ? endOf(dialect) : ['updated call terminating', ...endOf(dialect)]

test.each(dialects)('$dialect: the bot calls somebody, they answer, the bot hangs up', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  await bot.request('DELETE', call)

  const expected = ['updated call establishing', ...establishedWithAudio(dialect), ...hungUp(dialect)]
  await bot.waitFor(expected.length)
  expect(bot.flow()).toEqual(expected)
})

test.each(dialects)('$dialect: the bot calls somebody, they answer, they hang up', async (dialect) => {
  const bot = await newBot()
  const personId = randomUUID()
  await establishCall(bot, dialect, personId)
  await move(bot, personId, 'leave')

  const expected = ['updated call establishing', ...establishedWithAudio(dialect), ...endOf(dialect)]
  await bot.waitFor(expected.length)
  expect(bot.flow()).toEqual(expected)
})

test.each(dialects)('$dialect: somebody calls the bot, it answers, they hang up', async (dialect) => {
  const bot = await newBot({ registered: dialect.dialect })
  const personId = randomUUID()
  const callId = await placeCall(bot, personId)
  await bot.waitFor(1)
  expect(notified(bot, 1)).toMatchObject({
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
  await move(bot, personId, 'leave')

  const expected = [
    'created call incoming',
    'updated call establishing',
    ...establishedWithAudio(dialect),
    ...endOf(dialect),
  ]
  await bot.waitFor(expected.length)
  expect(bot.flow()).toEqual(expected)
})

test.each(dialects)('$dialect: somebody calls the bot, and hangs up before it has answered', async (dialect) => {
  const bot = await newBot({ registered: dialect.dialect })
  const personId = randomUUID()
  await placeCall(bot, personId)
  await bot.waitFor(1)
  await move(bot, personId, 'leave')

  await bot.waitFor(1 + endOf(dialect).length)
  expect(bot.flow()).toEqual(['created call incoming', ...endOf(dialect)])
})

test.each(dialects)(
  '$dialect: the bot joins a meeting, somebody comes and goes, and the meeting goes on',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    const personId = randomUUID()
    const joined = await bot.request('POST', `/simulator/calls/${lastId(call)}/participants`, {
      identity: user(personId),
    })
    expect(joined.status).toBe(201)
    await bot.waitFor(4)
    await move(bot, personId, 'leave')

    await bot.waitFor(5)
    expect(bot.flow()).toEqual([
      'updated call establishing',
      'updated call established',
      'updated participants 1',
      'updated participants 2',
      'updated participants 1',
    ])
    expect(notified(bot, 5).resourceData).toMatchObject([
      { info: { identity: { application: { id: bot.applicationId } } } },
    ])
    expect((await bot.request('GET', call)).body.state).toBe('established')
  },
)

test.each(dialects)('$dialect: a group call ends when the last of the others has left', async (dialect) => {
  const bot = await newBot()
  const [first = '', second = ''] = newPeople(2)
  await create(bot, dialect, callToAll(bot, [first, second]))
  const [established = '', ...withAudio] = establishedWithAudio(dialect)
  await bot.waitFor(4 + withAudio.length)
  await move(bot, first, 'leave')
  await bot.waitFor(5 + withAudio.length)
  await move(bot, second, 'leave')

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

test('communications: the end is one notification with the reason in resultInfo, and nothing of it in the one before', async () => {
  const [, dialect] = dialects
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  await bot.request('DELETE', call)

  await bot.waitFor(5)
  expect(notified(bot, 4).resourceData).not.toHaveProperty('resultInfo')
  expect(notified(bot, 5)).toMatchObject({
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

test('communications: the reason says when the other side has ended the call', async () => {
  const [, dialect] = dialects
  const bot = await newBot()
  const personId = randomUUID()
  await establishCall(bot, dialect, personId)
  await move(bot, personId, 'leave')

  await bot.waitFor(4)
  expect(notified(bot, 4).resourceData.resultInfo).toMatchObject({ code: 200, subcode: 4521 })
})

test('app: the end is an update with the reason, and then a deletion that says nothing more', async () => {
  const [dialect] = dialects
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  await bot.request('DELETE', call)

  await bot.waitFor(4)
  const resource = `/app/calls/${lastId(call)}`
  expect(notified(bot, 3)).toMatchObject({
    changeType: 'updated',
    resource,
    resourceData: { state: 'terminated', terminationReason: 'AppInitiated' },
  })
  expect(notified(bot, 4)).toEqual({
    changeType: 'deleted',
    resource,
    resourceData: { '@odata.type': '#microsoft.graph.call', '@odata.id': resource, '@odata.etag': expect.any(String) },
  })
})
