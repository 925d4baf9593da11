import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startOwnService } from '../../../support/ownService.js'
import {
  COMMUNICATIONS,
  dialects,
  establishCall,
  expectError,
  getNotification,
  newBot,
  placeCall,
} from '../../../support/scenarios.js'

test.each([undefined, 'null', {}])('keepAlive accepts the body %j and returns 200 without a body', async (body) => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)
  const reply = await bot.request('POST', `${call}/keepAlive`, body)

  expect(reply).toMatchObject({ status: 200, text: '' })
  expect(reply.headers.get('content-type')).toBeNull()
  expect(reply.headers.get('content-length')).toBe('0')
})

test.each(dialects)(
  '$dialect: a call that has ended, never existed or is not answered refuses keepAlive',
  async (dialect) => {
    const bot = await newBot({ registered: dialect.dialect })
    const call = await establishCall(bot, dialect)
    await bot.request('DELETE', call)
    const gone = { status: 404, code: '8522', says: 'Call not found.' }
    expectError(await bot.request('POST', `${call}/keepAlive`), gone)
    expectError(await bot.request('POST', `${dialect.calls}/${randomUUID()}/keepAlive`), gone)

    expectError(await bot.request('POST', `${dialect.calls}/${await placeCall(bot)}/keepAlive`), {
      status: 409,
      code: 'notAllowed',
      says: 'keepAlive needs a call that is establishing or established',
    })
  },
)

/** Long enough that a busy machine sends its keepAlive before the call ends. */
const KEEP_ALIVE_TIMEOUT_MS = 12_000
/** A call whose keepAlive is ignored ends this much too early. */
const SILENCE_BEFORE_KEEP_ALIVE_MS = 4_000

test('a call ends when its bot sends no keepAlive for the timeout, and not earlier', async () => {
  const service = await startOwnService({ KEEP_ALIVE_TIMEOUT_MS: String(KEEP_ALIVE_TIMEOUT_MS) })
  onTestFinished(() => service.stop())
  const bot = await newBot({ baseUrl: service.baseUrl })
  const call = await establishCall(bot, COMMUNICATIONS)
  await setTimeout(SILENCE_BEFORE_KEEP_ALIVE_MS)
  const keptAliveAt = Date.now()
  expect((await bot.request('POST', `${call}/keepAlive`)).status).toBe(200)

  await bot.waitFor(4, 60_000)
  expect(bot.flow().slice(3)).toEqual(['deleted call terminated'])
  expect(getNotification(bot, 4).resourceData.resultInfo).toMatchObject({ code: 408, subcode: 8537 })
  expect((bot.received[3]?.at ?? 0) - keptAliveAt).toBeGreaterThanOrEqual(KEEP_ALIVE_TIMEOUT_MS)
})
