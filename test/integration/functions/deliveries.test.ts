import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { COMMUNICATIONS, create, establishMeeting, expectError, lastId, newBot } from '../../support/scenarios.js'
import { meetingBody, type TestBot, user } from '../../support/testBot.js'

// What an operator sees of the notifications, and how an operator replays them.

interface Delivery {
  readonly id: string
  readonly sequence: number
  readonly state: string
  readonly reason?: string
  readonly attempts: { status?: number; error?: string; nextAttemptDateTime?: string }[]
}

async function listDeliveries(bot: TestBot, callId: string, more = ''): Promise<Delivery[]> {
  const reply = await bot.request('GET', `/deliveries?callId=${callId}${more}`)
  expect(reply.status).toBe(200)
  return reply.body.value
}
const summarize = (deliveries: Delivery[]) => deliveries.map(({ sequence, state }) => `${sequence} ${state}`)
const listReceivedIds = (bot: TestBot) => bot.received.map(({ headers }) => headers['ringback-notification-id'])

test('a delivered notification is listed with its only attempt', async () => {
  const bot = await newBot()
  const callId = lastId(await establishMeeting(bot, COMMUNICATIONS))
  await expect
    .poll(async () => summarize(await listDeliveries(bot, callId)))
    .toEqual(['1 delivered', '2 delivered', '3 delivered'])
  const [first] = await listDeliveries(bot, callId)
  expect(first).toEqual({
    id: listReceivedIds(bot)[0],
    callId,
    applicationId: bot.applicationId,
    sequence: 1,
    state: 'delivered',
    callbackUri: bot.callbackUri,
    createdDateTime: expect.stringMatching(/^\d{4}-.*Z$/),
    attempts: [{ dateTime: expect.stringMatching(/Z$/), durationInMs: expect.any(Number), status: 202 }],
  })
})

test('a notification that is retried is pending, with its attempts and the time of the next one', async () => {
  const bot = await newBot()
  bot.onNotification = (_, response) => void response.writeHead(500).end()
  const callId = lastId(await create(bot, COMMUNICATIONS, meetingBody(bot.callbackUri)))
  await bot.waitFor(2)
  await expect.poll(async () => (await listDeliveries(bot, callId))[0]?.attempts.length).toBeGreaterThanOrEqual(2)
  const [first, second] = await listDeliveries(bot, callId, '&state=PENDING')
  expect(first).toMatchObject({ sequence: 1, state: 'pending', attempts: [{ status: 500 }, { status: 500 }] })
  expect(first?.attempts[0]?.nextAttemptDateTime).toMatch(/Z$/)
  expect(second).toMatchObject({ sequence: 2, state: 'pending', attempts: [] })
  expect(await listDeliveries(bot, callId, '&state=delivered')).toEqual([])
})

test('a dead-lettered call holds back later notifications, and a replay delivers all unchanged in order', async () => {
  const bot = await newBot()
  let isGone = true
  bot.onNotification = (_, response) => void response.writeHead(isGone ? 410 : 202).end()
  const call = await create(bot, COMMUNICATIONS, meetingBody(bot.callbackUri))
  const callId = lastId(call)
  await expect.poll(async () => summarize(await listDeliveries(bot, callId))).toContain('1 deadLettered')
  await expect.poll(async () => (await bot.request('GET', call)).body.state).toBe('established')
  await bot.request('POST', `/simulator/calls/${callId}/participants`, { identity: user(randomUUID()) })
  const dead = await listDeliveries(bot, callId, '&state=deadLettered')
  expect(summarize(dead)).toEqual(['1 deadLettered', '2 deadLettered', '3 deadLettered', '4 deadLettered'])
  expect(dead[0]).toMatchObject({ reason: 'the callback answered 410 Gone', attempts: [{ status: 410 }] })
  expect(bot.received).toHaveLength(1)

  isGone = false
  expect((await bot.request('POST', '/deliveries/replay', { callId })).body).toEqual({ calls: 1 })
  await bot.waitFor(5)
  expect(bot.received.map(({ headers }) => headers['ringback-sequence'])).toEqual(['1', '1', '2', '3', '4'])
  expect(listReceivedIds(bot).slice(1)).toEqual(dead.map(({ id }) => id))
  expect(listReceivedIds(bot)[0]).toBe(dead[0]?.id)
  await expect.poll(async () => (await listDeliveries(bot, callId, '&state=delivered')).length).toBe(4)
  // The first notification keeps its attempt before the replay.
  expect((await listDeliveries(bot, callId))[0]?.attempts.map(({ status }) => status)).toEqual([410, 202])
  expect((await bot.request('POST', '/deliveries/replay', { callId })).body).toEqual({ calls: 0 })
})

test('with skip, a bot misses one notification, gets the rest in order, and the missed one by a replay', async () => {
  const bot = await newBot()
  let refused = '2'
  bot.onNotification = ({ headers }, response) =>
    void response.writeHead(headers['ringback-sequence'] === refused ? 500 : 202).end()
  await bot.request('PUT', `/bots/${bot.applicationId}`, {
    displayName: 'Test BOT',
    tenantId: bot.tenantId,
    callingWebhook: bot.callbackUri,
    maxAttempts: 1,
    onDeadLetter: 'skip',
  })
  const callId = lastId(await create(bot, COMMUNICATIONS, meetingBody(bot.callbackUri)))
  await bot.waitFor(3)
  await expect
    .poll(async () => summarize(await listDeliveries(bot, callId)))
    .toEqual(['1 delivered', '2 deadLettered', '3 delivered'])
  const [dead] = await listDeliveries(bot, callId, '&state=deadLettered')
  expect(dead).toMatchObject({ reason: 'not acknowledged in 1 attempt', attempts: [{ status: 500 }] })

  refused = ''
  expect((await bot.request('POST', '/deliveries/replay', { callId })).body).toEqual({ calls: 1 })
  await bot.waitFor(4)
  expect(bot.received.map(({ headers }) => headers['ringback-sequence'])).toEqual(['1', '2', '3', '2'])
  expect(listReceivedIds(bot)[3]).toBe(dead?.id)
  await expect.poll(async () => (await listDeliveries(bot, callId, '&state=delivered')).length).toBe(3)
})

test('an operator replays every call since a time', async () => {
  const bot = await newBot()
  let isGone = true
  bot.onNotification = (_, response) => void response.writeHead(isGone ? 410 : 202).end()
  const since = new Date().toISOString()
  const calls = await Promise.all(
    [1, 2, 3].map(async () => lastId(await create(bot, COMMUNICATIONS, meetingBody(bot.callbackUri)))),
  )
  for (const callId of calls) {
    await expect.poll(async () => summarize(await listDeliveries(bot, callId))).toContain('1 deadLettered')
  }
  isGone = false
  const reply = await bot.request('POST', '/deliveries/replay', { since })
  expect(reply.body.calls).toBeGreaterThanOrEqual(3)
  await bot.waitFor(12)
})

test('a list of the deliveries of an application returns each of them once, page by page', async () => {
  const bot = await newBot()
  const calls = new Set<string>()
  for (let batch = 0; batch < 6; batch++) {
    const created = await Promise.all(
      [1, 2, 3, 4, 5].map(() => create(bot, COMMUNICATIONS, meetingBody(bot.callbackUri))),
    )
    for (const call of created) calls.add(lastId(call))
  }
  await bot.waitFor(90, 120_000)
  const seen: string[] = []
  let address = `/deliveries?applicationId=${bot.applicationId}`
  let pages = 0
  while (address !== '') {
    const { status, body } = await bot.request('GET', address)
    expect(status).toBe(200)
    seen.push(...body.value.map((delivery: Delivery & { callId: string }) => `${delivery.callId} ${delivery.sequence}`))
    const next = body['@odata.nextLink']
    address = next ? next.slice(next.indexOf('/deliveries')) : ''
    pages += 1
  }
  expect(pages).toBe(2)
  expect(seen).toHaveLength(90)
  expect(new Set(seen)).toHaveLength(90)
  expect(new Set(seen.map((delivery) => delivery.split(' ')[0]))).toEqual(calls)
})

test('only an operator can list and replay deliveries', async () => {
  const bot = await newBot({ roles: 'Calls.JoinGroupCall.All' })
  const refused = { status: 403, code: '7504', says: 'Deliveries.ReadWrite.All' }
  expectError(await bot.request('GET', `/deliveries?callId=${randomUUID()}`), refused)
  expectError(await bot.request('POST', '/deliveries/replay', { callId: randomUUID() }), refused)
})

const badQueries: [query: string, says: string][] = [
  ['callId=my-call', 'callId: is not a GUID.'],
  ['applicationId=me', 'applicationId: is not a GUID.'],
  ['state=lost', 'state: must be one of pending, delivered, deadLettered.'],
  ['since=yesterday', 'since: must be a date and a time'],
  ['call=1', 'The query: '],
  ['$skiptoken=abc', '$skiptoken: is not valid; use the address in @odata.nextLink.'],
]
test.each(badQueries)('GET /deliveries?%s returns 400 and the reason', async (query, says) => {
  const bot = await newBot()
  expectError(await bot.request('GET', `/deliveries?${query}`), { status: 400, code: 'invalidRequest', says })
})

test.each([
  [{}, 'must have either callId or since'],
  [{ callId: 'x' }, 'callId: is not a GUID.'],
  [{ since: 'x' }, 'since: must be a date and a time'],
  [{ callId: randomUUID(), since: '2026-01-31T09:30:00Z' }, 'must have either callId or since'],
])('a replay with the body %j returns 400 and the reason', async (body, says) => {
  const bot = await newBot()
  expectError(await bot.request('POST', '/deliveries/replay', body), { status: 400, code: 'invalidRequest', says })
})

test('an unknown call has no deliveries and cannot be replayed', async () => {
  const bot = await newBot()
  expect(await listDeliveries(bot, randomUUID())).toEqual([])
  expectError(await bot.request('POST', '/deliveries/replay', { callId: randomUUID() }), { status: 404, code: '8522' })
})
