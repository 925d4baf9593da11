import assert from 'node:assert'
import { test } from 'node:test'
import { startRingback } from 'ringback/testing'
import { createBot } from './bot.js'

test('1 brings Amar into the call', async (context) => {
  const ringback = await startRingback()
  context.after(() => ringback.stop())
  const callback = createBot({
    graphUrl: ringback.url,
    callbackUrl: () => bot.callbackUrl,
    getToken: () => bot.token(),
  })
  const bot = await ringback.bot({ callback })

  const call = await ringback.person('heidi').calls(bot)
  await call.waitFor('updated call established')
  await ringback.person('heidi').presses('1')
  await ringback.person('amar').answers()
  await call.waitFor('updated participants 3')
  assert.deepEqual(
    call.notifications.filter(({ attempts }) => attempts > 1),
    [],
  )
})
