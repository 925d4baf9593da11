import { expect, test } from 'vitest'
import {
  ANSWER,
  COMMUNICATIONS,
  dialects,
  establishCall,
  expectError,
  newBot,
  notified,
  placeCall,
} from '../../../support/bots.js'

const reasons: [title: string, body: unknown, code: number][] = [
  ['no body', undefined, 603],
  ['null', 'null', 603],
  ['nothing in it', {}, 603],
  ['None', { reason: 'None', callbackUri: null }, 603],
  ['busy', { reason: 'busy' }, 486],
  ['Busy', { reason: 'Busy' }, 486],
  ['forbidden', { reason: 'forbidden' }, 403],
]

test.each(reasons)('communications: a call is rejected with %s, and that ends it', async (_, body, code) => {
  const bot = await newBot({ registered: 'communications' })
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`
  const reply = await bot.request('POST', `${call}/reject`, body)

  expect(reply).toMatchObject({ status: 202, text: '' })
  expect(reply.headers.get('content-type')).toBeNull()
  await bot.waitFor(2)
  expect(bot.flow()).toEqual(['created call incoming', 'deleted call terminated'])
  expect(notified(bot, 2).resourceData.resultInfo).toMatchObject({ code, subcode: 0 })
})

test('app: a rejected call ends in two messages', async () => {
  const bot = await newBot({ registered: 'app' })
  const reply = await bot.request('POST', `/beta/app/calls/${await placeCall(bot)}/microsoft.graph.reject`, {
    reason: 'Busy',
  })

  expect(reply).toMatchObject({ status: 202, text: '' })
  await bot.waitFor(3)
  expect(bot.flow()).toEqual(['created call incoming', 'updated call terminated', 'deleted call'])
})

test('with a callbackUri in the rejection, the end goes there', async () => {
  const bot = await newBot({ registered: 'communications' })
  const elsewhere = await newBot()
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`
  await bot.request('POST', `${call}/reject`, { callbackUri: elsewhere.callbackUri })

  await elsewhere.waitFor(1)
  expect(elsewhere.flow()).toEqual(['deleted call terminated'])
})

test.each(dialects)('$dialect: only a call that comes in can be rejected, and once', async (dialect) => {
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

test.each(refused)('a call cannot be rejected with %s', async (_, body, says) => {
  const bot = await newBot({ registered: 'communications' })
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`

  expectError(await bot.request('POST', `${call}/reject`, body), { status: 400, code: 'invalidRequest', says })
  expect((await bot.request('GET', call)).body.state).toBe('incoming')
})
