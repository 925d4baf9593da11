import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { joinMeeting, startBot, user } from '../../support/bot.js'
import { startBreakableStorage } from '../../support/breakableStorage.js'
import { startService } from '../../support/service.js'
import { callOf, header, SHORTER } from './harness.js'

const CALLS = '/v1.0/communications/calls'
const MEETINGS = 5
/** Longer than a lease, its skew and a sweep, as they are set here. */
const AWAY_MS = 30_000

test('while the storage is away, commands are refused and change nothing; then everything goes on', async () => {
  const storage = await startBreakableStorage(['Table', 'Queue'])
  onTestFinished(() => storage.close())
  const service = await startService(SHORTER, storage.through)
  onTestFinished(() => service.stop())
  const bot = await startBot(service.baseUrl)
  onTestFinished(() => bot.close())
  const calls: string[] = []
  for (let count = 0; count < MEETINGS; count++) {
    calls.push((await bot.request('POST', CALLS, joinMeeting(bot.callbackUri))).body.id)
  }
  await bot.waitFor(3 * MEETINGS)
  // One notification is under way when the storage goes: its acknowledgement can't be written down.
  let isUnderWay: () => void = () => undefined
  const underWay = new Promise<void>((resolve) => (isUnderWay = resolve))
  bot.onNotification = async (_, response) => {
    isUnderWay()
    await sleep(1_000)
    response.writeHead(202).end()
  }
  const [first = '', ...others] = calls
  await bot.request('POST', `/simulator/calls/${first}/participants`, { identity: user(randomUUID()) })
  await underWay
  storage.cut()
  bot.onNotification = (_, response) => void response.writeHead(202).end()

  const until = Date.now() + AWAY_MS
  const commands = [
    () => bot.request('DELETE', `${CALLS}/${others[0]}`),
    () => bot.request('POST', `${CALLS}/${others[1]}/mute`),
    () => bot.request('POST', CALLS, joinMeeting(bot.callbackUri)),
    () => bot.request('GET', `${CALLS}/${others[2]}`),
  ]
  while (Date.now() < until) {
    for (const command of commands) {
      const { status, headers, body } = await command()
      expect([status, body.error.code]).toEqual([503, 'serviceNotAvailable'])
      expect(headers.get('retry-after')).toMatch(/^\d+$/)
    }
    await sleep(500)
  }
  storage.mend()

  for (const id of calls) expect((await bot.request('GET', `${CALLS}/${id}`)).body.state).toBe('established')
  for (const id of calls) expect((await bot.request('DELETE', `${CALLS}/${id}`)).status).toBe(204)
  const ended = () => bot.received.filter(({ body }) => body.value[0].changeType === 'deleted')
  await expect.poll(() => ended().length, { timeout: 30_000 }).toBe(MEETINGS)

  // The calls that were there and no other; each from the first to the last, and what came twice as the same.
  expect(new Set(bot.received.map(callOf))).toEqual(new Set(calls))
  for (const id of calls) {
    const got = bot.received.filter((one) => callOf(one) === id)
    const numbers = [...new Set(got.map(header('ringback-sequence')).map(Number))]
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
    expect(new Set(got.map(header('ringback-notification-id'))).size).toBe(numbers.length)
  }
  expect(bot.received.filter((one) => callOf(one) === first).length).toBeGreaterThanOrEqual(6)
}, 90_000)
