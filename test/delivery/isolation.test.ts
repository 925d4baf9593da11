import { expect, onTestFinished, test } from 'vitest'
import { joinMeeting, startBot } from '../support/bot.js'
import { startService } from '../support/service.js'

const HANGING = 60
/** Far under the 10 s for which each hanging POST is waited for. */
const BOUND_MS = 6_000

test('calls whose callbacks never answer do not hold up the others', async () => {
  const service = await startService()
  onTestFinished(() => service.stop())
  const newBot = async () => {
    const bot = await startBot(service.baseUrl)
    onTestFinished(() => bot.close())
    return bot
  }
  const [hanging, healthy] = [await newBot(), await newBot()]
  hanging.onNotification = () => undefined
  const join = (bot: typeof healthy) => bot.request('POST', '/v1.0/communications/calls', joinMeeting(bot.callbackUri))
  await Promise.all(Array.from({ length: HANGING }, () => join(hanging)))
  await hanging.waitFor(HANGING)

  await join(healthy)
  await healthy.waitFor(3, BOUND_MS)
  expect(hanging.received).toHaveLength(HANGING)
})
