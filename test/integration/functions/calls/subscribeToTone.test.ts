import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  COMMUNICATIONS,
  callBody,
  create,
  dialects,
  establishCall,
  establishedWithAudio,
  expectError,
  getNotification,
  lastId,
  newBot,
  placeCall,
} from '../../../support/scenarios.js'

test.each(dialects)('$dialect: a bot that has subscribed receives each later tone, in order', async (dialect) => {
  const bot = await newBot()
  const personId = randomUUID()
  const call = await establishCall(bot, dialect, personId)
  const before = 1 + establishedWithAudio(dialect).length
  const press = (tone: string, rest: object = {}) =>
    bot.request('POST', `/simulator/people/${personId}/press`, { tone, ...rest })
  expect((await press('tone9')).status).toBe(200)

  const reply = await bot.request('POST', `${call}/subscribeToTone`, { clientContext: 'mine' })
  expect(reply).toMatchObject({
    status: 200,
    body: {
      '@odata.type': '#microsoft.graph.subscribeToToneOperation',
      id: expect.stringMatching(dialect.id),
      status: 'completed',
      clientContext: 'mine',
    },
  })
  expect(lastId(reply.headers.get('location') ?? '')).toBe(reply.body.id)

  expect(dialect.spell((await press('tone1')).body.callId)).toBe(lastId(call))
  await press('Pound', { callId: lastId(call) })
  await press('FLASH')
  await bot.waitFor(before + 3)
  const notifications = [1, 2, 3].map((number) => getNotification(bot, before + number))
  expect(notifications.map(({ changeType, resourceData }) => [changeType, resourceData.state])).toEqual(
    Array.from({ length: 3 }, () => ['updated', 'established']),
  )
  const type = '#microsoft.graph.toneInfo'
  expect(notifications.map(({ resourceData }) => resourceData.toneInfo)).toEqual([
    { '@odata.type': type, sequenceId: 1, tone: 'tone1' },
    { '@odata.type': type, sequenceId: 2, tone: 'pound' },
    { '@odata.type': type, sequenceId: 3, tone: 'flash' },
  ])
  expect(notifications[0].resourceData['@odata.type']).toBe('#microsoft.graph.call')
  await bot.request('DELETE', call)
  await bot.waitFor(before + 5)
  expect(bot.received.filter(({ text }) => text.includes('toneInfo'))).toHaveLength(3)
})

test.each([undefined, 'null', '{}'])('a bot subscribes with the body %j', async (body) => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)

  expect((await bot.request('POST', `${call}/subscribeToTone`, body)).status).toBe(200)
})

test.each(dialects)(
  '$dialect: subscribeToTone refuses a call that is not established, and does not find an unknown call',
  async (dialect) => {
    const bot = await newBot({ registered: dialect.dialect })
    expectError(await bot.request('POST', `${dialect.calls}/${await placeCall(bot)}/subscribeToTone`), {
      status: 409,
      code: 'notAllowed',
      says: 'subscribeToTone needs a call that is established',
    })
    expectError(await bot.request('POST', `${dialect.calls}/${randomUUID()}/subscribeToTone`), {
      status: 404,
      code: '8522',
    })
  },
)

test('press accepts only keys of a telephone, and only from a participant of a call', async () => {
  const bot = await newBot()
  const personId = randomUUID()
  const press = (body: object) => bot.request('POST', `/simulator/people/${personId}/press`, body)

  expectError(await press({ tone: 'tone10' }), {
    status: 400,
    code: 'invalidRequest',
    says: 'tone: must be one of tone0',
  })
  expectError(await press({}), { status: 400, code: 'invalidRequest', says: 'tone: is required.' })
  expectError(await press({ tone: 'a' }), { status: 404, code: 'itemNotFound', says: personId })
  const call = await create(bot, COMMUNICATIONS, callBody(bot))
  expectError(await press({ tone: 'a', callId: lastId(call) }), { status: 409, code: 'notAllowed' })
})
