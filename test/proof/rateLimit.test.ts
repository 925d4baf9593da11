import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { WINDOW_MS } from '../../shared/auth/rateLimit.js'
import { expectError } from '../support/scenarios.js'
import { startService } from '../support/serviceProcess.js'
import { send, startBot } from '../support/testBot.js'

const LIMIT = 40

test('an application above its limit gets 429 with the time of its next request, and other applications pass', async () => {
  const service = await startService({ REQUESTS_PER_10_SECONDS: String(LIMIT) })
  onTestFinished(() => service.stop())
  const other = await service.startAnother()
  onTestFinished(() => other.stop())
  const [busy, calm] = [await startBot(service.baseUrl), await startBot(service.baseUrl)]
  onTestFinished(() => Promise.all([busy.close(), calm.close()]).then(() => undefined))
  const path = `/v1.0/communications/calls/${randomUUID()}`
  const sendBusy = (host: string) => send(host, 'GET', path, { token: busy.token })
  const replies = await runWithinOneWindow(() =>
    Promise.all(
      Array.from({ length: 4 * LIMIT }, (_, index) => sendBusy(index % 2 === 0 ? service.baseUrl : other.baseUrl)),
    ),
  )
  const passed = replies.filter(({ status }) => status === 404)
  const refused = replies.filter(({ status }) => status === 429)
  expect(passed.length + refused.length).toBe(replies.length)
  // Each of the two hosts may pass a share of 5 % more or less.
  expect(passed.length).toBeGreaterThanOrEqual(LIMIT - 4)
  expect(passed.length).toBeLessThanOrEqual(LIMIT + 4)
  for (const reply of refused) {
    expectError(reply, { status: 429, code: 'activityLimitReached', says: `${LIMIT} requests in 10 seconds` })
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(Number(reply.headers.get('retry-after'))).toBeLessThanOrEqual(10)
  }
  expect((await calm.request('GET', path)).status).toBe(404)
  await setTimeout(Number(refused[0]?.headers.get('retry-after')) * 1_000)
  expect((await sendBusy(service.baseUrl)).status).toBe(404)
})

/** Sends the requests at the start of a window. When a busy machine needs more than the window, it sends them again. */
async function runWithinOneWindow<T>(sendRequests: () => Promise<T>): Promise<T> {
  for (let run = 1; run <= 5; run++) {
    await setTimeout(WINDOW_MS - (Date.now() % WINDOW_MS))
    const start = Date.now()
    const replies = await sendRequests()
    if (Math.floor(Date.now() / WINDOW_MS) === Math.floor(start / WINDOW_MS)) return replies
  }
  throw new Error('the requests did not fit into a window of the rate limit, five times in a row')
}
