import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { joinMeeting, send, startBot, type TestBot, user } from '../../support/bot.js'
import { type RunningHost, startService } from '../../support/service.js'
import { LOAD_HOSTS, LOAD_SECONDS as SECONDS } from '../../support/sizes.js'
import { callOf, header, SHORTER } from './harness.js'

// Real processes under load, killed again and again at moments that nobody has chosen. LOAD_SECONDS makes it longer.

const CLIENTS = 6
const CALLS = '/v1.0/communications/calls'
/** From the last kill: a start, a bucket, a lease, a sweep, and retries that were under way. */
const SETTLES_WITHIN_MS = 60_000

test.each(LOAD_HOSTS)(
  '%i hosts lose nothing and keep the order, whenever they are killed',
  {
    timeout: SECONDS * 1000 + 120_000,
  },
  async (count) => {
    const service = await startService(SHORTER)
    onTestFinished(() => service.stop())
    const hosts: RunningHost[] = [service]
    while (hosts.length < count) {
      const host = await service.startAnother()
      onTestFinished(() => host.stop())
      hosts.push(host)
    }
    const bot = await startBot(service.baseUrl)
    onTestFinished(() => bot.close())
    bot.onNotification = async (_, response) => {
      await sleep(Math.random() * 30)
      response.writeHead(Math.random() < 0.05 ? 500 : 202).end()
    }
    const until = Date.now() + SECONDS * 1000
    const hungUp: string[] = []
    const killing = hosts.map((host) => killAgainAndAgain(host, until))
    await Promise.all(Array.from({ length: CLIENTS }, () => load(bot, hosts, until, hungUp)))
    const kills = (await Promise.all(killing)).reduce((sum, one) => sum + one, 0)

    const ended = () => new Set(bot.received.filter(({ body }) => body.value[0].changeType === 'deleted').map(callOf))
    await expect.poll(() => hungUp.filter((id) => !ended().has(id)), { timeout: SETTLES_WITHIN_MS }).toEqual([])
    for (const id of hungUp) {
      const got = bot.received.filter((one) => callOf(one) === id)
      const numbers = [...new Set(got.map(header('ringback-sequence')).map(Number))]
      expect(numbers, `first deliveries of ${id}`).toEqual(numbers.map((_, index) => index + 1))
      expect(new Set(got.map(header('ringback-notification-id'))).size, `ids of ${id}`).toBe(numbers.length)
    }
    console.log(`${count} hosts: ${kills} kills, ${hungUp.length} calls, ${bot.received.length} POSTs`)
    expect(kills).toBeGreaterThanOrEqual(1)
    expect(hungUp.length).toBeGreaterThanOrEqual(CLIENTS)
  },
)

async function killAgainAndAgain(host: RunningHost, until: number): Promise<number> {
  let kills = 0
  while (Date.now() < until) {
    await sleep(1_000 + Math.random() * 3_000)
    await host.kill()
    kills += 1
    await host.restart()
  }
  return kills
}

/** Joins a meeting, lets somebody come, and hangs up, over and over; what is not answered is asked again. */
async function load(bot: TestBot, hosts: readonly RunningHost[], until: number, hungUp: string[]): Promise<void> {
  const insist = async (method: string, path: string, body?: object) => {
    const id = { 'client-request-id': randomUUID() }
    for (let attempt = 0; ; attempt++) {
      const headers = attempt > 0 ? { ...id, 'retry-attempt': String(attempt) } : id
      const { baseUrl = '' } = hosts[Math.floor(Math.random() * hosts.length)] ?? {}
      const reply = await send(baseUrl, bot.token, method, path, body, headers).catch(() => undefined)
      if (reply && reply.status !== 503) return reply
      await sleep(300)
    }
  }
  while (Date.now() < until) {
    const created = await insist('POST', CALLS, joinMeeting(bot.callbackUri))
    expect(created.status).toBe(201)
    const { id } = created.body
    await sleep(Math.random() * 500)
    await insist('POST', `/simulator/calls/${id}/participants`, { identity: user(randomUUID()) })
    // 404: it was hung up, and only the reply was lost.
    expect([204, 404]).toContain((await insist('DELETE', `${CALLS}/${id}`)).status)
    hungUp.push(id)
  }
}
