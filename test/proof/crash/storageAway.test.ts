import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startBreakableStorage } from '../../support/breakableStorage.js'
import { startService } from '../../support/serviceProcess.js'
import { meetingBody, startBot, type TestBot, user } from '../../support/testBot.js'
import { CALLS, callOf, expectArrivalsInOrder, PATIENCE_MS, SHORT_TIMES } from './harness.js'

const MEETINGS = 5
/** Longer than a lease, its skew and a sweep with SHORT_TIMES. */
const OUTAGE_MS = 30_000
const TEST_TIMEOUT_MS = OUTAGE_MS + 240_000

test('without storage, commands are refused and change nothing; afterwards all notifications arrive in order', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const storage = await startBreakableStorage(['Table', 'Queue'])
  onTestFinished(() => storage.close())
  const service = await startService(SHORT_TIMES, storage.rewriteConnectionString)
  onTestFinished(() => service.stop())
  const bot = await startBot(service.baseUrl)
  onTestFinished(() => bot.close())
  const calls = await createMeetings(bot)
  const [first = '', ...others] = calls

  await startDelivery(bot, first)
  storage.disconnect()
  bot.onNotification = (_, response) => void response.writeHead(202).end()
  await expectRefusals(bot, others)
  storage.reconnect()

  for (const id of calls) expect((await bot.request('GET', `${CALLS}/${id}`)).body.state).toBe('established')
  for (const id of calls) expect((await bot.request('DELETE', `${CALLS}/${id}`)).status).toBe(204)
  const ended = () => bot.received.filter(({ body }) => body.value[0].changeType === 'deleted')
  await expect.poll(() => ended().length, { timeout: PATIENCE_MS }).toBe(MEETINGS)

  expect(new Set(bot.received.map(callOf)), 'the calls with notifications').toEqual(new Set(calls))
  for (const id of calls) expectArrivalsInOrder(bot.received, id)
  expect(bot.received.filter((received) => callOf(received) === first).length).toBeGreaterThanOrEqual(6)
})

async function createMeetings(bot: TestBot): Promise<string[]> {
  const calls: string[] = []
  for (let count = 0; count < MEETINGS; count++) {
    calls.push((await bot.request('POST', CALLS, meetingBody(bot.callbackUri))).body.id)
  }
  await bot.waitFor(3 * MEETINGS, PATIENCE_MS)
  return calls
}

/** Returns during the POST of a notification: when the storage fails now, its acknowledgement cannot be stored. */
async function startDelivery(bot: TestBot, callId: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  bot.onNotification = async (_, response) => {
    resolve()
    await sleep(1_000)
    response.writeHead(202).end()
  }
  await bot.request('POST', `/simulator/calls/${callId}/participants`, { identity: user(randomUUID()) })
  await promise
}

async function expectRefusals(bot: TestBot, calls: readonly string[]): Promise<void> {
  const until = Date.now() + OUTAGE_MS
  const commands = [
    () => bot.request('DELETE', `${CALLS}/${calls[0]}`),
    () => bot.request('POST', `${CALLS}/${calls[1]}/mute`),
    () => bot.request('POST', CALLS, meetingBody(bot.callbackUri)),
    () => bot.request('GET', `${CALLS}/${calls[2]}`),
  ]
  while (Date.now() < until) {
    for (const command of commands) {
      const { status, headers, body } = await command()
      expect([status, body.error.code]).toEqual([503, 'serviceNotAvailable'])
      expect(headers.get('retry-after')).toMatch(/^\d+$/)
    }
    await sleep(500)
  }
}
