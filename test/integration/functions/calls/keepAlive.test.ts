import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  COMMUNICATIONS,
  dialects,
  establishCall,
  expectError,
  newBot,
  notified,
  placeCall,
} from '../../../support/bots.js'
import { startService } from '../../../support/service.js'

test.each([undefined, 'null', {}])('a call is kept alive with the body %j: 200 with nothing in it', async (body) => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)
  const reply = await bot.request('POST', `${call}/keepAlive`, body)

  expect(reply).toMatchObject({ status: 200, text: '' })
  expect(reply.headers.get('content-type')).toBeNull()
  expect(reply.headers.get('content-length')).toBe('0')
})

test.each(dialects)(
  '$dialect: a call that has ended, never was or is not answered cannot be kept alive',
  async (one) => {
    const bot = await newBot({ registered: one.dialect })
    const call = await establishCall(bot, one)
    await bot.request('DELETE', call)
    const gone = { status: 404, code: '8522', says: 'Call not found.' }
    expectError(await bot.request('POST', `${call}/keepAlive`), gone)
    expectError(await bot.request('POST', `${one.calls}/${randomUUID()}/keepAlive`), gone)

    expectError(await bot.request('POST', `${one.calls}/${await placeCall(bot)}/keepAlive`), {
      status: 409,
      code: 'notAllowed',
      says: 'keepAlive needs a call that is establishing or established',
    })
  },
)

test('a call ends when its bot is silent for too long, and not before', async () => {
  const service = await startService({ KEEP_ALIVE_TIMEOUT_MS: '4000' })
  try {
    const bot = await newBot({ baseUrl: service.baseUrl })
    const call = await establishCall(bot, COMMUNICATIONS)
    const established = bot.received.at(-1)?.at ?? 0
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect((await bot.request('POST', `${call}/keepAlive`)).status).toBe(200)

    await bot.waitFor(4)
    expect(bot.flow().slice(3)).toEqual(['deleted call terminated'])
    expect(notified(bot, 4).resourceData.resultInfo).toMatchObject({ code: 408, subcode: 8537 })
    expect((bot.received[3]?.at ?? 0) - established).toBeGreaterThan(4_500)
  } finally {
    await service.stop()
  }
})
