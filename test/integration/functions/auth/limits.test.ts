import { randomUUID } from 'node:crypto'
import { expect, inject, onTestFinished, test } from 'vitest'
import { fetchToken, send, startBot } from '../../../support/bot.js'
import {
  ANSWER,
  COMMUNICATIONS,
  callTo,
  create,
  establishCall,
  expectError,
  lastId,
  newBot,
  placeCall,
} from '../../../support/bots.js'
import { startService } from '../../../support/service.js'

const MOST = 40

test('an application that asks too often is told when to come again; others are not', async () => {
  const service = await startService({ REQUESTS_PER_10_SECONDS: String(MOST) })
  onTestFinished(() => service.stop())
  const other = await service.startAnother()
  onTestFinished(() => other.stop())
  const [busy, calm] = [await startBot(service.baseUrl), await startBot(service.baseUrl)]
  onTestFinished(() => Promise.all([busy.close(), calm.close()]).then(() => undefined))
  const path = `/v1.0/communications/calls/${randomUUID()}`
  const ask = (host: string) => send(host, busy.token, 'GET', path)
  // From the beginning of a window, so that all of it lies in one.
  const untilWindow = 10_000 - (Date.now() % 10_000)
  await new Promise((resolve) => setTimeout(resolve, untilWindow))
  const replies = await Promise.all(
    Array.from({ length: 4 * MOST }, (_, index) => ask(index % 2 === 0 ? service.baseUrl : other.baseUrl)),
  )
  const passed = replies.filter(({ status }) => status === 404)
  const refused = replies.filter(({ status }) => status === 429)
  expect(passed.length + refused.length).toBe(replies.length)
  // Two hosts: a twentieth for each more, or less.
  expect(passed.length).toBeGreaterThanOrEqual(MOST - 4)
  expect(passed.length).toBeLessThanOrEqual(MOST + 4)
  for (const reply of refused) {
    expectError(reply, { status: 429, code: 'activityLimitReached', says: `${MOST} requests in 10 seconds` })
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(Number(reply.headers.get('retry-after'))).toBeLessThanOrEqual(10)
  }
  expect((await calm.request('GET', path)).status).toBe(404)
  await new Promise((resolve) => setTimeout(resolve, Number(refused[0]?.headers.get('retry-after')) * 1_000))
  expect((await ask(service.baseUrl)).status).toBe(404)
})

test('a token of the same application for another tenant does not reach a call', async () => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)
  const { applicationId } = bot
  const foreign = await fetchToken(inject('baseUrl'), { tenantId: randomUUID(), applicationId })
  const says = `The call belongs to the tenant ${bot.tenantId}`
  for (const [method, path] of [
    ['GET', call],
    ['POST', `${call}/mute`],
    ['DELETE', call],
    ['GET', `${call}/participants`],
  ] as const) {
    expectError(await send(inject('baseUrl'), foreign, method, path), { status: 403, code: '7505', says })
  }
  expect((await bot.request('GET', call)).body.state).toBe('established')
})

test('an incoming call is answered with a token of the tenant that the bot is registered for', async () => {
  const bot = await newBot({ registered: 'communications' })
  const call = await placeCall(bot)
  const { applicationId } = bot
  const foreign = await fetchToken(inject('baseUrl'), { tenantId: randomUUID(), applicationId })
  const answer = (token: string) =>
    send(inject('baseUrl'), token, 'POST', `${COMMUNICATIONS.calls}/${lastId(call)}/answer`, ANSWER)
  expectError(await answer(foreign), { status: 403, code: '7505', says: bot.tenantId })
  expect((await answer(bot.token)).status).toBe(202)
})

test.each(['common', 'contoso.example'])(
  'a token that was asked for as of %s reaches the calls of every tenant',
  async (tenantId) => {
    const bot = await newBot({ registered: 'communications' })
    const call = await placeCall(bot)
    const token = await fetchToken(inject('baseUrl'), { tenantId, applicationId: bot.applicationId })
    expect((await send(inject('baseUrl'), token, 'GET', `${COMMUNICATIONS.calls}/${lastId(call)}`)).status).toBe(200)
  },
)

test('a call is made for the tenant of the token, and for no other', async () => {
  const bot = await newBot()
  const reply = await bot.request('POST', COMMUNICATIONS.calls, { ...callTo(bot), tenantId: randomUUID() })
  expectError(reply, { status: 403, code: '7505', says: 'tenantId: the call belongs to the tenant' })
  expect(lastId(await create(bot, COMMUNICATIONS, { ...callTo(bot), tenantId: bot.tenantId }))).toMatch(
    /^[0-9a-f-]{36}$/,
  )
})

test.each([
  ['an array of thousands', { targets: Array(2_000).fill({}) }, 'targets: must have at most 1000 items'],
  [
    'an object of thousands',
    { targets: [Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`p${i}`, 1]))] },
    'targets[0]: must have at most 1000 items',
  ],
  ['a text of a book', { subject: 'x'.repeat(70_000) }, 'subject: must have at most 65536 characters'],
  ['a nest', { extra: JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`) }, 'nested more than 64 levels deep'],
])('%s is a 400 that names it', async (_, extra, says) => {
  const bot = await newBot()
  const reply = await bot.request('POST', COMMUNICATIONS.calls, { ...callTo(bot), ...extra })
  expectError(reply, { status: 400, code: 'invalidRequest', says })
})

test.each([
  [
    'the storage is not the emulator',
    {
      CALLS_STORAGE: 'DefaultEndpointsProtocol=https;AccountName=real;AccountKey=a2V5;EndpointSuffix=core.windows.net',
    },
  ],
  [
    'it only has the name of the emulator',
    {
      CALLS_STORAGE:
        'AccountName=devstoreaccount1;AccountKey=a2V5;TableEndpoint=https://real.table.core.windows.net;QueueEndpoint=https://real.queue.core.windows.net',
    },
  ],
])('where %s, the local issuer does not start, and says why', async (_, settings) => {
  const start = startService({ RINGBACK_LOCAL: 'true', ...settings })
  await expect(start).rejects.toThrow('RINGBACK_LOCAL is true, so every client gets a token')
})

test.each(['https://10.0.0.5/calls', 'https://0xa9fea9fe/latest', 'https://[::ffff:7f00:1]/'])(
  'a callback at %s is refused wherever one can be given, and nothing is changed',
  async (address) => {
    const bot = await newBot({ registered: 'communications' })
    const call = `${COMMUNICATIONS.calls}/${lastId(await placeCall(bot))}`
    const says = 'which is not a public address'
    const registration = { displayName: 'Bot', tenantId: bot.tenantId, callingWebhook: address }
    for (const [method, path, body] of [
      ['POST', COMMUNICATIONS.calls, { ...callTo(bot), callbackUri: address }],
      ['POST', `${call}/answer`, { ...ANSWER, callbackUri: address }],
      ['POST', `${call}/reject`, { callbackUri: address }],
      ['PUT', `/bots/${bot.applicationId}`, registration],
    ] as const) {
      expectError(await bot.request(method, path, body), { status: 400, code: 'invalidRequest', says })
    }
    expect((await bot.request('GET', call)).body.state).toBe('incoming')
    const { body } = await bot.request('GET', `/bots/${bot.applicationId}`)
    expect(body.callingWebhook).toBe(bot.callbackUri)
  },
)
