import { expect, test } from 'vitest'
import {
  dialects,
  establishCall,
  establishedWithAudio,
  expectBodyRefused,
  expectError,
  expectServiceHostedMediaNeeded,
  getNotification,
  lastId,
  newBot,
} from '../../../support/scenarios.js'

const TYPE = '#microsoft.graph.sendDtmfTonesOperation'

test.each(dialects)('$dialect: sendDtmfTones replies with a running operation, which completes', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  const before = 1 + establishedWithAudio(dialect).length
  const body = { tones: ['1', '#', '*', 'tone5', 'Pound', 'FLASH'], delayBetweenTonesMs: 10, clientContext: 'mine' }
  const sentAt = Date.now()
  const reply = await bot.request('POST', `${call}/sendDtmfTones`, body)

  expect(reply).toMatchObject({
    status: 200,
    body: { '@odata.type': TYPE, id: expect.stringMatching(dialect.id), status: 'running', clientContext: 'mine' },
  })
  expect(reply.body).not.toHaveProperty('completionReason')
  expect(lastId(reply.headers.get('location') ?? '')).toBe(reply.body.id)

  await bot.waitFor(before + 1)
  // Six tones of 100 ms each, and five delays.
  expect(Date.now() - sentAt).toBeGreaterThanOrEqual(650)
  expect(getNotification(bot, before + 1)).toMatchObject({
    changeType: 'deleted',
    resourceData: {
      '@odata.type': TYPE,
      id: reply.body.id,
      status: 'completed',
      completionReason: 'completedSuccessfully',
      clientContext: 'mine',
      resultInfo: { code: 200, subcode: 0 },
    },
  })
  const read = await bot.request('GET', new URL(reply.headers.get('location') ?? '').pathname)
  expect(read.body).toMatchObject({ '@odata.type': TYPE, completionReason: 'completedSuccessfully' })
})

/** Takes so long that only a cancellation ends it within a test. */
const SLOW = { tones: Array(50).fill('tone1'), delayBetweenTonesMs: 10_000 }

test.each(dialects)('$dialect: a cancellation ends the tones', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  const before = 1 + establishedWithAudio(dialect).length
  await bot.request('POST', `${call}/microsoft.graph.sendDtmfTones`, { ...SLOW, clientContext: 'first' })
  await bot.request('POST', `${call}/sendDtmfTones`, { ...SLOW, clientContext: 'second' })
  expect((await bot.request('POST', `${call}/cancelMediaProcessing`)).status).toBe(200)
  await bot.request('POST', `${call}/sendDtmfTones`, { tones: ['a'], clientContext: 'third' })

  await bot.waitFor(before + 3)
  const ended = [1, 2, 3].map((number) => getNotification(bot, before + number).resourceData)
  expect(ended).toMatchObject([
    {
      clientContext: 'first',
      status: 'failed',
      completionReason: 'mediaOperationCanceled',
      resultInfo: { code: 400, subcode: 8508 },
    },
    { clientContext: 'second', status: 'failed', completionReason: 'mediaOperationCanceled' },
    { clientContext: 'third', status: 'completed', completionReason: 'completedSuccessfully' },
  ])
})

test.each(dialects)('$dialect: only five requests for tones run at a time', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  for (let count = 0; count < 5; count++) {
    expect((await bot.request('POST', `${call}/sendDtmfTones`, SLOW)).status).toBe(200)
  }
  const refused = { status: 409, code: 'notAllowed', says: '5 operations are still running' }
  expectError(await bot.request('POST', `${call}/sendDtmfTones`, SLOW), refused)
})

const bad: [title: string, body: unknown, says: string][] = [
  ['no body', undefined, 'The request body: is required.'],
  ['no tones', {}, 'tones: is required.'],
  ['an empty list', { tones: [] }, 'tones: must have at least 1 item.'],
  ['51 tones', { tones: Array(51).fill('1') }, 'tones: must have at most 50 items.'],
  ['an unknown tone', { tones: ['1', 'tone10'] }, 'tones[1]: must be one of tone0, tone1,'],
  ['a tone that is a number', { tones: [1] }, 'tones[0]: must be a JSON string.'],
  ['the name of an object method', { tones: ['constructor'] }, 'tones[0]: must be one of tone0, tone1,'],
  ['a negative delay', { tones: ['1'], delayBetweenTonesMs: -1 }, 'delayBetweenTonesMs: must be at least 0.'],
  ['a long delay', { tones: ['1'], delayBetweenTonesMs: 10_001 }, 'delayBetweenTonesMs: must be at most 10000.'],
  ['a fractional delay', { tones: ['1'], delayBetweenTonesMs: 0.5 }, 'delayBetweenTonesMs: must be a JSON int.'],
  ['a clientContext of 257 characters', { tones: ['1'], clientContext: 'x'.repeat(257) }, 'at most 256 characters.'],
]

test.each(bad)('sendDtmfTones refuses %s', async (_, body, says) => {
  await expectBodyRefused('sendDtmfTones', body, says)
})

test.each(dialects)('$dialect: sendDtmfTones needs an established call with service-hosted media', async (dialect) => {
  await expectServiceHostedMediaNeeded(dialect, 'sendDtmfTones', { tones: ['1'] })
})
