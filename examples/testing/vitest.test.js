import { startRingback } from 'ringback/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBot } from './bot.js'

let ringback
let bot

beforeEach(async () => {
  ringback = await startRingback()
  const callback = createBot({
    graphUrl: ringback.url,
    callbackUrl: () => bot.callbackUrl,
    getToken: () => bot.token(),
  })
  bot = await ringback.bot({ callback })
})
afterEach(() => ringback.stop())

test('1 brings Amar into the call', async () => {
  const call = await ringback.person('heidi').calls(bot)
  await call.waitFor('updated call established')
  await ringback.person('heidi').presses('1')
  await ringback.person('amar').answers()
  const roster = await call.waitFor('updated participants 3')
  expect(JSON.stringify(roster.body)).toContain('"displayName":"Amar"')
})

test('a call that the bot does not keep alive ends after 45 minutes', async () => {
  const call = await ringback.person('heidi').calls(bot)
  await call.waitFor('updated call established')
  await ringback.advance('46m')
  expect(await call.state()).toBe('terminated')
})
