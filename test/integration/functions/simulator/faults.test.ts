import { randomUUID } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { expect, inject, test } from 'vitest'
import { toDiagram } from '../../../../shared/inspection/diagram.js'
import { renderLadder } from '../../../../shared/inspection/ladder.js'
import { renderMermaid } from '../../../../shared/inspection/mermaid.js'
import {
  ANSWER,
  COMMUNICATIONS,
  callBody,
  create,
  establishMeeting,
  expectError,
  newBot,
  placeCall,
} from '../../../support/scenarios.js'
import { fetchToken, send, type TestBot } from '../../../support/testBot.js'

// Faults in the messages between the service and a bot, over HTTP. What the faults of a callback do in detail is in
// test/unit/delivery/callbackFaults.test.ts.

const baseUrl = inject('baseUrl')
const pathOf = ({ applicationId }: TestBot): string => `/simulator/faults/${applicationId}`

async function setFaults(bot: TestBot, ...faults: readonly object[]): Promise<void> {
  expect((await bot.request('PUT', pathOf(bot), { faults })).status).toBe(200)
}

/** Starts a registered bot with faults. */
async function newFaultyBot(...faults: readonly object[]): Promise<TestBot> {
  const bot = await newBot({ registered: 'communications' })
  await setFaults(bot, ...faults)
  return bot
}

const readFaults = async (bot: TestBot) => (await bot.request('GET', pathOf(bot))).body

/** The number of each notification that the bot received, with the number of its attempt, in order. */
const arrivals = (bot: TestBot): string[] =>
  bot.received.map(({ headers }) => `${headers['ringback-sequence']}.${headers['ringback-attempt']}`)

/** How the call is drawn as text and as Mermaid. */
async function draw(bot: TestBot, callId: string): Promise<string> {
  const { body } = await bot.request('GET', `/inspector/calls/${callId}`)
  const diagram = toDiagram(body.entries, body)
  return `${renderLadder(diagram)}\n${renderMermaid(diagram)}`
}

test('faults are set, listed with their counts, replaced and removed', async () => {
  const bot = await newBot()
  expect(await readFaults(bot)).toEqual({ faults: [] })
  const fault = { on: 'api', effect: 'delay', delayMs: 1, request: 'get', times: 3 }
  const set = await bot.request('PUT', pathOf(bot), { seed: 42, faults: [fault] })
  const state = { ...fault, skip: 0, probability: 1, fired: 0, remaining: 3 }
  expect([set.status, set.body]).toEqual([200, { seed: 42, faults: [state] }])
  await bot.request('GET', `${COMMUNICATIONS.calls}/${randomUUID()}`)
  expect(await readFaults(bot)).toEqual({ seed: 42, faults: [{ ...state, fired: 1, remaining: 2 }] })
  const replaced = await bot.request('PUT', pathOf(bot), { faults: [{ on: 'callback', effect: 'reorder' }] })
  expect(replaced.body).toEqual({ seed: expect.any(Number), faults: [expect.objectContaining({ effect: 'reorder' })] })
  expect((await bot.request('DELETE', pathOf(bot))).status).toBe(204)
  expect(await readFaults(bot)).toEqual({ faults: [] })
})

test.each([
  [
    { faults: [{ on: 'api', effect: 'delay', delayMs: 1, request: 'anwser' }] },
    'no operation anwser; did you mean answer?',
  ],
  [
    { faults: [{ on: 'api', effect: 'delay', delayMs: 1, request: 'Invit' }] },
    'faults[0].request: there is no operation Invit; did you mean participants/invite?',
  ],
  [
    { faults: [{ on: 'api', effect: 'delay', delayMs: 1, request: 'x' }] },
    'use one of $batch, addLargeGalleryView, answer, audioRoutingGroups/create, audioRoutingGroups/delete, ',
  ],
  [{ faults: [{ on: 'callback', effect: 'reset', tims: 2 }] }, 'faults[0]: Unrecognized key: "tims".'],
])('%j is refused, and the faults stay as they were', async (body, says) => {
  const bot = await newFaultyBot({ on: 'callback', effect: 'timeout' })
  const before = await readFaults(bot)
  expectError(await bot.request('PUT', pathOf(bot), body), { status: 400, code: 'invalidRequest', says })
  expect(await readFaults(bot)).toEqual(before)
})

test('faults need the permission of the simulator, and an application id', async () => {
  const bot = await newBot()
  const token = await fetchToken(baseUrl, { ...bot, roles: 'Calls.Initiate.All' })
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const body = method === 'PUT' ? { faults: [] } : undefined
    const denied = await send(baseUrl, method, pathOf(bot), { token, body })
    expectError(denied, { status: 403, code: '7504', says: 'Simulator.Control' })
    const wrong = await bot.request(method, '/simulator/faults/me', body)
    expectError(wrong, { status: 400, code: 'invalidRequest', says: 'applicationId' })
  }
})

test.each([
  [{ effect: 'status', status: 503, retryAfterSeconds: 1 }, '503 (fault)'],
  [{ effect: 'timeout' }, 'timeout (fault)'],
  [{ effect: 'reset' }, 'ECONNRESET (fault)'],
])('the callback is not contacted with %j, and the notification is retried', async (fault, result) => {
  const bot = await newFaultyBot({ on: 'callback', sequence: 1, ...fault })
  const callId = await placeCall(bot)
  await bot.waitFor(1)
  expect(arrivals(bot)).toEqual(['1.2'])
  await expect.poll(() => draw(bot, callId)).toMatch(/202/)
  expect(await draw(bot, callId)).toContain(result)
})

test('a delayed notification arrives late', async () => {
  const bot = await newFaultyBot({ on: 'callback', effect: 'delay', delayMs: 700 })
  const placedAt = Date.now()
  const callId = await placeCall(bot)
  const [first] = await bot.waitFor(1)
  expect((first?.at ?? 0) - placedAt).toBeGreaterThanOrEqual(700)
  await expect.poll(() => draw(bot, callId)).toContain('202 (fault: delayed)')
})

test('a delayed notification arrives even if the faults are removed in the meantime', async () => {
  const bot = await newFaultyBot({ on: 'callback', effect: 'delay', delayMs: 700 })
  await placeCall(bot)
  await expect.poll(async () => (await readFaults(bot)).faults[0].fired).toBe(1)
  await bot.request('DELETE', pathOf(bot))
  expect(bot.received).toEqual([])
  await bot.waitFor(1)
  expect(arrivals(bot)).toEqual(['1.1'])
})

test('a duplicated notification arrives twice, with the same id', async () => {
  const bot = await newFaultyBot({ on: 'callback', effect: 'duplicate' })
  const callId = await placeCall(bot)
  await bot.waitFor(2)
  expect(new Set(bot.received.map(({ headers }) => headers['ringback-notification-id'])).size).toBe(1)
  await expect.poll(() => draw(bot, callId)).toContain('202 (fault: sent twice), sent again')
  expect(await draw(bot, callId)).toMatch(/#1 again -.* 202 \(fault: sent twice\)/)
})

test('a notification whose acknowledgment is dropped arrives again', async () => {
  const bot = await newFaultyBot({ on: 'callback', effect: 'dropAcknowledgement' })
  const callId = await placeCall(bot)
  await bot.waitFor(2)
  expect(arrivals(bot)).toEqual(['1.1', '1.2'])
  await expect.poll(() => draw(bot, callId)).toMatch(/answer dropped \(fault\), retry in [\s\S]* 202/)
})

test('a reordered notification arrives after the next one of its call, and nothing is lost or repeated', async () => {
  const bot = await newFaultyBot({ on: 'callback', effect: 'reorder', sequence: 2 })
  const callId = await placeCall(bot)
  await bot.request('POST', `${COMMUNICATIONS.calls}/${callId}/answer`, { ...ANSWER, callbackUri: bot.callbackUri })
  await bot.waitFor(4)
  expect(arrivals(bot)).toEqual(['1.1', '3.1', '2.1', '4.1'])
  await expect.poll(() => draw(bot, callId)).toMatch(/#4 .* 202/)
  expect(await draw(bot, callId)).toMatch(/#3 .*202 \(fault: out of order\)\n.*#2 .*202 \(fault: out of order\)/)
})

test('a bot must refuse the token of a notification with the fault expiredToken or wrongSignature', async () => {
  const bot = await newFaultyBot(
    { on: 'callback', effect: 'expiredToken' },
    { on: 'callback', effect: 'wrongSignature' },
  )
  const keys = createRemoteJWKSet(new URL(`${baseUrl}/v1/keys`))
  const errors: string[] = []
  bot.onNotification = async ({ headers }, response) => {
    const token = String(headers.authorization).replace('Bearer ', '')
    const options = { issuer: 'https://api.botframework.com', audience: bot.applicationId }
    const error = await jwtVerify(token, keys, options).then(
      () => undefined,
      ({ code }) => code,
    )
    if (error) errors.push(error)
    response.writeHead(error ? 403 : 202).end()
  }
  const callId = await placeCall(bot)
  await bot.waitFor(3)
  expect(errors).toEqual(['ERR_JWT_EXPIRED', 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'])
  await expect
    .poll(() => draw(bot, callId))
    .toMatch(/403 \(fault: expired token\)[\s\S]*403 \(fault: wrong signature\)/)
})

test.each([
  [429, 'activityLimitReached', '1'],
  [500, 'generalException', null],
  [503, 'serviceNotAvailable', null],
  [504, 'serviceNotAvailable', null],
])('a request gets a %d with the error body of Graph, and is not carried out', async (status, code, retryAfter) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, COMMUNICATIONS)
  await setFaults(bot, { on: 'api', effect: 'status', status, request: 'delete' })
  const reply = await bot.request('DELETE', call)
  expectError(reply, { status, code, says: 'Injected fault: the request was not carried out.' })
  expect(reply.headers.get('retry-after')).toBe(retryAfter)
  expect((await bot.request('GET', call)).status).toBe(200)
  expect((await bot.request('DELETE', call)).status).toBe(204)
  expect(await draw(bot, call.split('/').at(-1) ?? '')).toContain(`${status} (fault), ${code}`)
})

test('a Retry-After is as long as the fault says', async () => {
  const bot = await newFaultyBot({ on: 'api', effect: 'status', status: 503, retryAfterSeconds: 7 })
  const reply = await bot.request('GET', `${COMMUNICATIONS.calls}/${randomUUID()}`)
  expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '7'])
})

test.each([503, 504])(
  'the reply of an answer is lost with a %d, and its retry gets the original one',
  async (status) => {
    const bot = await newBot({ registered: 'communications' })
    const callId = await placeCall(bot)
    await bot.waitFor(1)
    await setFaults(bot, { on: 'api', effect: 'status', status, after: true, request: 'answer' })
    const path = `${COMMUNICATIONS.calls}/${callId}/answer`
    const body = { ...ANSWER, callbackUri: bot.callbackUri }
    const id = { 'client-request-id': randomUUID() }
    const lost = await bot.request('POST', path, body, id)
    expectError(lost, { status, code: 'serviceNotAvailable', says: 'the reply to the request is lost' })
    await bot.waitFor(4)
    const retried = await bot.request('POST', path, body, { ...id, 'retry-attempt': '1' })
    expect(retried.status).toBe(202)
    const again = await bot.request('POST', path, body)
    expect(again.status).toBe(409)
    expect(await draw(bot, callId)).toContain(`${status} (fault: reply lost), serviceNot`)
  },
)

test('a call is created once, though the reply to its request is lost', async () => {
  const bot = await newFaultyBot({ on: 'api', effect: 'status', status: 504, after: true, request: 'create' })
  const id = { 'client-request-id': randomUUID() }
  const body = callBody(bot)
  expect((await bot.request('POST', COMMUNICATIONS.calls, body, id)).status).toBe(504)
  const retried = await bot.request('POST', COMMUNICATIONS.calls, body, { ...id, 'retry-attempt': '1' })
  expect(retried.status).toBe(201)
  await bot.waitFor(3)
  const calls = bot.received.map((notification) => notification.body.value[0].resource.split('/')[3])
  expect(new Set(calls)).toEqual(new Set([retried.body.id]))
})

test('a delayed request is carried out late', async () => {
  const bot = await newFaultyBot({ on: 'api', effect: 'delay', delayMs: 600, request: 'create' })
  const startedAt = Date.now()
  const call = await create(bot, COMMUNICATIONS, callBody(bot))
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(600)
  expect(await draw(bot, call.split('/').at(-1) ?? '')).toContain('201 (fault: delayed)')
})

test('only the requests of the bot to Graph get faults of the API, under each of their paths', async () => {
  const bot = await newFaultyBot({ on: 'api', effect: 'status', status: 500, times: 'always' })
  const other = await newBot()
  expect((await other.request('GET', `${COMMUNICATIONS.calls}/${randomUUID()}`)).status).toBe(404)
  const callId = await placeCall(bot)
  expect((await bot.request('GET', `/bots/${bot.applicationId}`)).status).toBe(200)
  for (const start of ['/v1.0/communications', '/beta/app', '/app', `/beta/applications/${bot.applicationId}`]) {
    expect((await bot.request('GET', `${start}/calls/${callId}`)).status).toBe(500)
  }
  expect(await readFaults(bot)).toMatchObject({ faults: [{ fired: 4, remaining: 'always' }] })
})

test('concurrent requests get a fault only as often as it is set', async () => {
  const bot = await newFaultyBot({ on: 'api', effect: 'status', status: 429, times: 5 })
  const path = `${COMMUNICATIONS.calls}/${randomUUID()}`
  const replies = await Promise.all(Array.from({ length: 20 }, () => bot.request('GET', path)))
  expect(replies.filter(({ status }) => status === 429)).toHaveLength(5)
  expect(await readFaults(bot)).toMatchObject({ faults: [{ fired: 5, remaining: 0 }] })
})

test('a refused request uses no fault up', async () => {
  const bot = await newFaultyBot({ on: 'api', effect: 'status', status: 503, request: 'create' })
  expect((await bot.request('POST', COMMUNICATIONS.calls, { callbackUri: 'not a URL' })).status).toBe(400)
  expect(await readFaults(bot)).toMatchObject({ faults: [{ fired: 0, remaining: 1 }] })
})
