import { expect, test } from 'vitest'
import { ANSWER, APP, COMMUNICATIONS, newBot, notified, placeCall, UPPER_HEX, upperHex } from '../../../support/bots.js'

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

test('app: answering is 200 with a running operation, which is completed once the call is established', async () => {
  const bot = await newBot({ registered: 'app' })
  const call = `${APP.calls}/${upperHex(await placeCall(bot))}`
  const reply = await bot.request('POST', `${call}/answer`, { ...ANSWER, clientContext: 'd45324c1' })

  expect(reply.status).toBe(200)
  expect(reply.headers.get('location')).toBeNull()
  expect(reply.body).toEqual({
    id: expect.stringMatching(UPPER_HEX),
    status: 'running',
    createdDateTime: expect.stringMatching(DATE_TIME),
    lastActionDateTime: expect.stringMatching(DATE_TIME),
    clientContext: 'd45324c1',
  })

  await bot.waitFor(3)
  const operation = await bot.request('GET', `${call}/operations/${reply.body.id}`)
  expect(operation).toMatchObject({
    status: 200,
    body: { id: reply.body.id, status: 'completed', clientContext: 'd45324c1' },
  })
  expect(bot.flow()).toEqual(['created call incoming', 'updated call establishing', 'updated call established'])
})

test('communications: answering is 202 with nothing in it', async () => {
  const bot = await newBot({ registered: 'communications' })
  const reply = await bot.request('POST', `${COMMUNICATIONS.calls}/${await placeCall(bot)}/answer`, ANSWER)

  expect(reply.status).toBe(202)
  expect(reply.text).toBe('')
  expect(reply.headers.get('content-type')).toBeNull()
  expect(reply.headers.get('location')).toBeNull()
  expect(reply.headers.get('content-length') ?? '0').toBe('0')
  await bot.waitFor(3)
  expect(bot.flow()).toEqual(['created call incoming', 'updated call establishing', 'updated call established'])
})

test('the registration of the bot decides how an incoming call speaks, not the path of the answer', async () => {
  const bot = await newBot({ registered: 'app' })
  const callId = await placeCall(bot)
  const reply = await bot.request('POST', `${COMMUNICATIONS.calls}/${callId}/answer`, ANSWER)

  expect(reply).toMatchObject({ status: 200, body: { status: 'running' } })
  await bot.waitFor(3)
  expect(notified(bot, 3).resource).toBe(`/app/calls/${upperHex(callId)}`)
})

test('with a callbackUri in the answer, what follows goes there', async () => {
  const bot = await newBot({ registered: 'communications' })
  const elsewhere = await newBot()
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`
  await bot.request('POST', `${call}/answer`, { ...ANSWER, callbackUri: elsewhere.callbackUri })

  await elsewhere.waitFor(2)
  expect(elsewhere.flow()).toEqual(['updated call establishing', 'updated call established'])
  expect(bot.flow()).toEqual(['created call incoming'])
  expect((await bot.request('GET', call)).body.callbackUri).toBe(elsewhere.callbackUri)
})

test('the modalities that are accepted become the active ones', async () => {
  const bot = await newBot({ registered: 'communications' })
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`
  await bot.request('POST', `${call}/answer`, { ...ANSWER, acceptedModalities: ['audio', 'video'] })

  await bot.waitFor(3)
  expect((await bot.request('GET', call)).body.activeModalities).toEqual(['audio', 'video'])
})
