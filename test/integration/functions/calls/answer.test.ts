import { expect, test } from 'vitest'
import {
  ANSWER,
  APP2019,
  COMMUNICATIONS,
  establishedWithAudio,
  getNotification,
  newBot,
  placeCall,
  UPPER_HEX,
  upperHex,
} from '../../../support/scenarios.js'

/** The notifications that follow an answer in the current API. */
const ANSWERED = ['updated call establishing', ...establishedWithAudio(COMMUNICATIONS)]
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

test('app: an answer returns 200 and a running operation, which completes when the call is established', async () => {
  const bot = await newBot({ registered: 'app' })
  const call = `${APP2019.calls}/${upperHex(await placeCall(bot))}`
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

test('communications: an answer returns 202 without a body', async () => {
  const bot = await newBot({ registered: 'communications' })
  const reply = await bot.request('POST', `${COMMUNICATIONS.calls}/${await placeCall(bot)}/answer`, ANSWER)

  expect(reply.status).toBe(202)
  expect(reply.text).toBe('')
  expect(reply.headers.get('content-type')).toBeNull()
  expect(reply.headers.get('location')).toBeNull()
  expect(reply.headers.get('content-length') ?? '0').toBe('0')
  await bot.waitFor(4)
  expect(bot.flow()).toEqual(['created call incoming', ...ANSWERED])
})

test('the registration of the bot, not the path of the answer, decides the dialect of a call', async () => {
  const bot = await newBot({ registered: 'app' })
  const callId = await placeCall(bot)
  const reply = await bot.request('POST', `${COMMUNICATIONS.calls}/${callId}/answer`, ANSWER)

  expect(reply).toMatchObject({ status: 200, body: { status: 'running' } })
  await bot.waitFor(3)
  expect(getNotification(bot, 3).resource).toBe(`/app/calls/${upperHex(callId)}`)
})

test('a callbackUri in the answer receives the later notifications', async () => {
  const bot = await newBot({ registered: 'communications' })
  const otherBot = await newBot()
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`
  await bot.request('POST', `${call}/answer`, { ...ANSWER, callbackUri: otherBot.callbackUri })

  await otherBot.waitFor(ANSWERED.length)
  expect(otherBot.flow()).toEqual(ANSWERED)
  expect(bot.flow()).toEqual(['created call incoming'])
  expect((await bot.request('GET', call)).body.callbackUri).toBe(otherBot.callbackUri)
})

test('the accepted modalities become the active modalities', async () => {
  const bot = await newBot({ registered: 'communications' })
  const call = `${COMMUNICATIONS.calls}/${await placeCall(bot)}`
  await bot.request('POST', `${call}/answer`, { ...ANSWER, acceptedModalities: ['audio', 'video'] })

  await bot.waitFor(3)
  expect((await bot.request('GET', call)).body.activeModalities).toEqual(['audio', 'video'])
})
