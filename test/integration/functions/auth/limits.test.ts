import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { startOwnService } from '../../../support/ownService.js'
import {
  ANSWER,
  COMMUNICATIONS,
  callBody,
  create,
  establishCall,
  expectError,
  lastId,
  newBot,
  placeCall,
} from '../../../support/scenarios.js'
import { fetchToken, send } from '../../../support/testBot.js'

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
    expectError(await send(inject('baseUrl'), method, path, { token: foreign }), { status: 403, code: '7505', says })
  }
  expect((await bot.request('GET', call)).body.state).toBe('established')
})

test('an incoming call is answered with a token of the tenant that the bot is registered for', async () => {
  const bot = await newBot({ registered: 'communications' })
  const call = await placeCall(bot)
  const { applicationId } = bot
  const foreign = await fetchToken(inject('baseUrl'), { tenantId: randomUUID(), applicationId })
  const answer = (token: string) =>
    send(inject('baseUrl'), 'POST', `${COMMUNICATIONS.calls}/${lastId(call)}/answer`, { token, body: ANSWER })
  expectError(await answer(foreign), { status: 403, code: '7505', says: bot.tenantId })
  expect((await answer(bot.token)).status).toBe(202)
})

test.each(['common', 'contoso.example'])(
  'a token of the tenant %s reaches the calls of every tenant',
  async (tenantId) => {
    const bot = await newBot({ registered: 'communications' })
    const call = await placeCall(bot)
    const token = await fetchToken(inject('baseUrl'), { tenantId, applicationId: bot.applicationId })
    expect((await send(inject('baseUrl'), 'GET', `${COMMUNICATIONS.calls}/${lastId(call)}`, { token })).status).toBe(
      200,
    )
  },
)

test('a call is created for the tenant of the token, and for no other', async () => {
  const bot = await newBot()
  const reply = await bot.request('POST', COMMUNICATIONS.calls, { ...callBody(bot), tenantId: randomUUID() })
  expectError(reply, { status: 403, code: '7505', says: 'tenantId: the call belongs to the tenant' })
  expect(lastId(await create(bot, COMMUNICATIONS, { ...callBody(bot), tenantId: bot.tenantId }))).toMatch(
    /^[0-9a-f-]{36}$/,
  )
})

test.each([
  ['an array of 2000 items', { targets: Array(2_000).fill({}) }, 'targets: must have at most 1000 items'],
  [
    'an object of 1001 properties',
    { targets: [Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`p${i}`, 1]))] },
    'targets[0]: must have at most 1000 items',
  ],
  ['a text of 70000 characters', { subject: 'x'.repeat(70_000) }, 'subject: must have at most 65536 characters'],
  [
    'a value nested 100 levels deep',
    { extra: JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`) },
    'nested more than 64 levels deep',
  ],
])('a body with %s returns 400 and the name of the property', async (_, extra, says) => {
  const bot = await newBot()
  const reply = await bot.request('POST', COMMUNICATIONS.calls, { ...callBody(bot), ...extra })
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
    'the storage has only the name of the emulator',
    {
      CALLS_STORAGE: [
        'AccountName=devstoreaccount1;AccountKey=a2V5;TableEndpoint=https://real.table.core.windows.net',
        'QueueEndpoint=https://real.queue.core.windows.net',
      ].join(';'),
    },
  ],
  [
    'one of several accounts is not the emulator',
    { MORE_CALLS_STORAGE: 'AccountName=real;AccountKey=a2V5;EndpointSuffix=core.windows.net' },
  ],
])('the local issuer does not start when %s, and the error gives the reason', async (_, settings) => {
  const start = startOwnService({ RINGBACK_LOCAL: 'true', ...settings })
  await expect(start).rejects.toThrow('RINGBACK_LOCAL is true, so every client gets a token')
})

test.each(['https://10.0.0.5/calls', 'https://0xa9fea9fe/latest', 'https://[::ffff:7f00:1]/'])(
  'a callback at %s is refused in every request that can contain one, and changes nothing',
  async (address) => {
    const bot = await newBot({ registered: 'communications' })
    const call = `${COMMUNICATIONS.calls}/${lastId(await placeCall(bot))}`
    const says = 'which is not a public address'
    const registration = { displayName: 'Bot', tenantId: bot.tenantId, callingWebhook: address }
    for (const [method, path, body] of [
      ['POST', COMMUNICATIONS.calls, { ...callBody(bot), callbackUri: address }],
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
