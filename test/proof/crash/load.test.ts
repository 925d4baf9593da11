import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { startPackage } from '../../support/packageProcess.js'
import type { RunningHost } from '../../support/runningHost.js'
import { LOAD_HOSTS, LOAD_SECONDS } from '../../support/sizes.js'
import { meetingBody, startBot, type TestBot, user } from '../../support/testBot.js'
import {
  CALLS,
  type Client,
  callOf,
  expectArrivalsInOrder,
  killRepeatedly,
  requestUntilAnswered,
  SHORT_TIMES,
  startHosts,
} from './harness.js'

// Real processes under load, killed repeatedly at random moments. LOAD_SECONDS makes the test longer.

const CLIENTS = 6
/**
 * From the last kill until every call has ended: the start of a process, a bucket, a lease, a sweep, and pending
 * retries. That takes seconds on a quiet machine, and many times that on a busy machine.
 */
const MAX_RECOVERY_MS = 180_000
const TEST_TIMEOUT_MS = LOAD_SECONDS * 1000 + MAX_RECOVERY_MS + 180_000

/** What a client needs to use the hosts until the load ends. */
interface Load extends Client {
  readonly until: number
}

const cases = [
  ...LOAD_HOSTS.map(
    (count) => [count === 1 ? '1 host' : `${count} hosts`, () => startHosts(count, SHORT_TIMES)] as const,
  ),
  ['the npm package', async () => [await startPackage(SHORT_TIMES)]] as const,
]

test.each(cases)(
  'notifications of %s survive repeated kills under load and keep their order',
  {
    timeout: TEST_TIMEOUT_MS,
  },
  async (name, start) => {
    const hosts = await start()
    const bot = await startUnreliableBot(hosts)
    const load: Load = { bot, hosts, until: Date.now() + LOAD_SECONDS * 1000 }
    const killing = hosts.map((host) => killRepeatedly(host, load.until))
    const calls = (await Promise.all(Array.from({ length: CLIENTS }, () => runClient(load)))).flat()
    const kills = await Promise.all(killing)

    await expect.poll(() => findUnfinished(bot, calls), { timeout: MAX_RECOVERY_MS }).toEqual([])
    for (const id of calls) expectArrivalsInOrder(bot.received, id)
    console.log(`${name}: ${kills.join(' + ')} kills, ${calls.length} calls, ${bot.received.length} POSTs`)
    expect(Math.min(...kills), 'kills of each host').toBeGreaterThanOrEqual(1)
    expect(calls.length).toBeGreaterThanOrEqual(CLIENTS)
  },
)

/** Starts a bot whose callback takes up to 30 ms and fails in 5 % of the requests. */
async function startUnreliableBot([host]: readonly RunningHost[]): Promise<TestBot> {
  const bot = await startBot(host?.baseUrl ?? '')
  onTestFinished(() => bot.close())
  bot.onNotification = async (_, response) => {
    await sleep(Math.random() * 30)
    response.writeHead(Math.random() < 0.05 ? 500 : 202).end()
  }
  return bot
}

/** Returns the calls whose last notification has not arrived. */
function findUnfinished({ received }: TestBot, calls: readonly string[]): string[] {
  const deleted = received.filter(({ body }) => body.value[0].changeType === 'deleted')
  const finished = new Set(deleted.map(callOf))
  return calls.filter((id) => !finished.has(id))
}

/** Joins meetings, lets a person join each, and hangs up. Returns the calls that ended. */
async function runClient(load: Load): Promise<string[]> {
  const calls: string[] = []
  while (Date.now() < load.until) {
    const created = await requestUntilAnswered(load, 'POST', CALLS, meetingBody(load.bot.callbackUri))
    expect(created.status).toBe(201)
    const { id } = created.body
    await sleep(Math.random() * 500)
    await requestUntilAnswered(load, 'POST', `/simulator/calls/${id}/participants`, { identity: user(randomUUID()) })
    // 404: an earlier attempt hung up, and its reply was lost.
    expect([204, 404]).toContain((await requestUntilAnswered(load, 'DELETE', `${CALLS}/${id}`)).status)
    calls.push(id)
  }
  return calls
}
