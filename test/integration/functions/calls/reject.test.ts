import { expect, test } from 'vitest'
import {
  ANSWER,
  COMMUNICATIONS,
  dialects,
  establishCall,
  expectError,
  getNotification,
  newBot,
  placeCall,
} from '../../../support/scenarios.js'

const reasons: [title: string, body: unknown, code: number][] = [
  ['no body', undefined, 603],
  ['the body null', 'null', 603],
  ['an empty object', {}, 603],
  ['the reason None', { reason: 'None', callbackUri: null }, 603],
  ['the reason busy', { reason: 'busy' }, 486],
  ['the reason Busy', { reason: 'Busy' }, 486],
  ['the reason forbidden', { reason: 'forbidden' }, 403],
]

test.each(reasons)('communications: a rejection with %s ends the call', async (_, body, code) => {
  const bot = await newBot({ registered: 'communications' })
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`
  const reply = await bot.request('POST', `${call}/reject`, body)

  expect(reply).toMatchObject({ status: 202, text: '' })
  expect(reply.headers.get('content-type')).toBeNull()
  await bot.waitFor(2)
  expect(bot.flow()).toEqual(['created call incoming', 'deleted call terminated'])
  expect(getNotification(bot, 2).resourceData.resultInfo).toMatchObject({ code, subcode: 0 })
})

test('app: a rejection ends the call with two notifications', async () => {
  const bot = await newBot({ registered: 'app' })
  const reply = await bot.request('POST', `/beta/app/calls/${await placeCall(bot)}/microsoft.graph.reject`, {
    reason: 'Busy',
  })

  expect(reply).toMatchObject({ status: 202, text: '' })
  await bot.waitFor(3)
  expect(bot.flow()).toEqual(['created call incoming', 'updated call terminated', 'deleted call'])
})

test('a callbackUri in the rejection receives the end of the call', async () => {
  const bot = await newBot({ registered: 'communications' })
  const otherBot = await newBot()
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`
  await bot.request('POST', `${call}/reject`, { callbackUri: otherBot.callbackUri })

  await otherBot.waitFor(1)
  expect(otherBot.flow()).toEqual(['deleted call terminated'])
})

test.each(dialects)('$dialect: a bot rejects only an incoming call, and only once', async (dialect) => {
  const bot = await newBot({ registered: dialect.dialect })
  expectError(await bot.request('POST', `${await establishCall(bot, dialect)}/reject`, {}), {
    status: 409,
    code: 'notAllowed',
    says: 'reject needs a call that is incoming',
  })
  const call = `${dialect.calls}/${await placeCall(bot)}`
  await bot.request('POST', `${call}/reject`, {})
  const gone = { status: 404, code: '8522', says: 'Call not found.' }
  expectError(await bot.request('POST', `${call}/reject`, {}), gone)
  expectError(await bot.request('POST', `${call}/answer`, ANSWER), gone)
})

const refused: [title: string, body: object, says: string][] = [
  ['an unknown reason', { reason: 'tired' }, 'reason: must be one of none, busy, forbidden.'],
  ['a reason that is a number', { reason: 1 }, 'reason: must be a JSON string.'],
  ['a callbackUri over http to another host', { callbackUri: 'http://bot.example/' }, 'callbackUri: must be https'],
]

test.each(refused)('a rejection with %s returns 400 and changes nothing', async (_, body, says) => {
  const bot = await newBot({ registered: 'communications' })
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`

  expectError(await bot.request('POST', `${call}/reject`, body), { status: 400, code: 'invalidRequest', says })
  expect((await bot.request('GET', call)).body.state).toBe('incoming')
})
