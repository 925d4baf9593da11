import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, inject, test } from 'vitest'
import {
  ANSWER,
  APP2019,
  COMMUNICATIONS,
  callBody,
  dialects,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  GUID,
  hangUpOf,
  lastId,
  newBot,
  placeCall,
} from '../../support/scenarios.js'
import { fetchToken, type Received, type TestReply, user } from '../../support/testBot.js'

const listSequences = (received: readonly Received[]) => received.map(({ headers }) => headers['ringback-sequence'])

test.each(dialects)(
  '$dialect: every notification has its id, its sequence, its scenario id and its attempt in the headers',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishCall(bot, dialect)
    await bot.request('DELETE', call)
    const count = 1 + establishedWithAudio(dialect).length + hangUpOf(dialect).length
    await bot.waitFor(count)
    const { headers: first } = bot.received[0] ?? {}

    expect(listSequences(bot.received)).toEqual(Array.from({ length: count }, (_, index) => String(index + 1)))
    for (const { headers } of bot.received) {
      expect(headers).toMatchObject({
        'content-type': 'application/json; charset=utf-8',
        'user-agent': 'Microsoft-Skype/3.0,(Calling/1.0)',
        'x-microsoft-skype-chain-id': first?.['scenario-id'],
        'ringback-notification-id': expect.stringMatching(GUID),
        'x-microsoft-skype-message-id': headers['ringback-notification-id'],
        'scenario-id': first?.['scenario-id'],
        'ringback-attempt': '1',
      })
    }
    const ids = bot.received.map(({ headers }) => headers['ringback-notification-id'])
    expect(new Set(ids).size).toBe(count)
  },
)

test.each(dialects)('$dialect: the scenario id of a notification is the call chain id', async ({ calls }) => {
  const bot = await newBot()
  const { body: created } = await bot.request('POST', calls, callBody(bot))
  await bot.waitFor(1)

  expect(created.callChainId).toMatch(GUID)
  expect(bot.received[0]?.headers['scenario-id']).toBe(created.callChainId)
})

test('a notification has its length in bytes and is not chunked, whatever characters it contains', async () => {
  const bot = await newBot()
  const call = await establishMeeting(bot, COMMUNICATIONS)
  await bot.request('POST', `/simulator/calls/${lastId(call)}/participants`, { identity: user(randomUUID(), 'Zoë 😀') })
  const roster = (await bot.waitFor(4)).at(-1)

  expect(roster?.text).toContain('Zoë 😀')
  for (const { headers, text } of bot.received) {
    expect(headers['content-length']).toBe(String(Buffer.byteLength(text)))
    expect(headers).not.toHaveProperty('transfer-encoding')
  }
})

test.each(dialects)('$dialect: each POST contains one notification', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] })
  await bot.waitFor(5)

  expect(bot.received.map(({ body }) => body.value.length)).toEqual([1, 1, 1, 1, 1])
})

test('communications: a notification contains types, and its resource in both forms', async () => {
  const bot = await newBot()
  const call = lastId(await establishCall(bot, COMMUNICATIONS))

  expect(bot.received[1]?.body).toEqual({
    '@odata.type': '#microsoft.graph.commsNotifications',
    value: [
      {
        '@odata.type': '#microsoft.graph.commsNotification',
        changeType: 'updated',
        resource: `/app/calls/${call}`,
        resourceUrl: `/communications/calls/${call}`,
        callbackUri: bot.callbackUri,
        resourceData: expect.objectContaining({
          '@odata.type': '#microsoft.graph.call',
          id: call,
          state: 'established',
        }),
      },
    ],
  })
})

test('app: a notification has the form of the 2019 API', async () => {
  const bot = await newBot()
  const call = lastId(await establishCall(bot, APP2019))

  expect(bot.received[1]?.body).toEqual({
    value: [
      {
        changeType: 'updated',
        resource: `/app/calls/${call}`,
        resourceData: {
          '@odata.type': '#microsoft.graph.call',
          '@odata.id': `/app/calls/${call}`,
          '@odata.etag': 'W/"2"',
          state: 'established',
          activeModalities: ['audio'],
          requestedModalities: [],
        },
      },
    ],
  })
})

test('a bot may answer a call before it replies to the notification of the call', async () => {
  const bot = await newBot({ registered: 'communications' })
  let answered: TestReply | undefined
  bot.onNotification = async ({ body }, response) => {
    const { state, id } = body.value[0].resourceData
    if (state === 'incoming') answered = await bot.request('POST', `${COMMUNICATIONS.calls}/${id}/answer`, ANSWER)
    response.writeHead(202).end()
  }
  await placeCall(bot)
  await bot.waitFor(4)

  expect(answered?.status).toBe(202)
  expect(bot.flow()).toEqual([
    'created call incoming',
    'updated call establishing',
    ...establishedWithAudio(COMMUNICATIONS),
  ])
})

test('a bot may invite a person before it replies to the notification that the call is established', async () => {
  const bot = await newBot()
  let invited: TestReply | undefined
  bot.onNotification = async ({ body }, response) => {
    const { state, id } = body.value[0].resourceData
    if (state === 'established') {
      const path = `${COMMUNICATIONS.calls}/${id}/participants/invite`
      invited = await bot.request('POST', path, { participants: [{ identity: user() }] })
    }
    response.writeHead(202).end()
  }
  await establishMeeting(bot, COMMUNICATIONS)
  await bot.waitFor(5)

  expect(invited?.status).toBe(200)
  expect(bot.flow().slice(2)).toEqual([
    'updated participants 1',
    'deleted operations completed',
    'updated participants 2',
  ])
})

test('a bot may hang up before it replies to the notification that the call is established', async () => {
  const bot = await newBot()
  let ended: TestReply | undefined
  bot.onNotification = async ({ body }, response) => {
    const { state, id, mediaState } = body.value[0].resourceData
    if (state === 'established' && !mediaState) ended = await bot.request('DELETE', `${COMMUNICATIONS.calls}/${id}`)
    response.writeHead(202).end()
  }
  await establishCall(bot, COMMUNICATIONS)
  await bot.waitFor(5)

  expect(ended?.status).toBe(204)
  expect(bot.flow().slice(3)).toEqual(['updated call terminating', 'deleted call terminated'])
})

test('a callback that answers 500 gets the same notification again before any later one', async () => {
  const bot = await newBot()
  let failures = 1
  bot.onNotification = (_, response) => void response.writeHead(failures-- > 0 ? 500 : 202).end()
  await establishCall(bot, COMMUNICATIONS)
  const received = await bot.waitFor(3)

  const attempts = received.map(({ headers }) => [headers['ringback-sequence'], headers['ringback-attempt']])
  expect(attempts).toEqual([
    ['1', '1'],
    ['1', '2'],
    ['2', '1'],
  ])
  const [first, again] = received
  expect(again?.text).toBe(first?.text)
  expect(again?.headers['ringback-notification-id']).toBe(first?.headers['ringback-notification-id'])
  expect(again?.headers['x-microsoft-skype-message-id']).toBe(first?.headers['x-microsoft-skype-message-id'])
})

test('a call whose webhook redirects is notified at the target, until an answer names a callback', async () => {
  const bot = await newBot({ registered: 'communications' })
  const region = await newBot()
  bot.onNotification = ({ headers }, response) => {
    const isRedirected = headers['ringback-sequence'] === '1'
    response.writeHead(isRedirected ? 302 : 202, { Location: region.callbackUri }).end()
  }
  const answerCall = (id: string, body: object) => bot.request('POST', `${COMMUNICATIONS.calls}/${id}/answer`, body)

  const stays = await placeCall(bot)
  await region.waitFor(1)
  expect((await answerCall(stays, ANSWER)).status).toBe(202)
  await region.waitFor(4)
  expect(listSequences(region.received)).toEqual(['1', '2', '3', '4'])
  expect(listSequences(bot.received)).toEqual(['1'])
  expect((await bot.request('GET', `${COMMUNICATIONS.calls}/${stays}`)).body.callbackUri).toBe(bot.callbackUri)

  const moves = await placeCall(bot)
  await region.waitFor(5)
  expect((await answerCall(moves, { ...ANSWER, callbackUri: bot.callbackUri })).status).toBe(202)
  await bot.waitFor(5)
  expect(listSequences(bot.received)).toEqual(['1', '1', '2', '3', '4'])
  expect(region.received).toHaveLength(5)
})

test('a call does not wait for another call whose callback fails', async () => {
  const failing = await newBot()
  failing.onNotification = (_, response) => void response.writeHead(503, { 'retry-after': '300' }).end()
  await failing.request('POST', COMMUNICATIONS.calls, callBody(failing))
  await failing.waitFor(1)
  const other = await newBot()
  await establishCall(other, COMMUNICATIONS)

  expect(other.flow()).toEqual(['updated call establishing', ...establishedWithAudio(COMMUNICATIONS)])
  expect(failing.flow()).toEqual(['updated call establishing'])
})

test('a request body that is sent in chunks is read', async () => {
  const bot = await newBot()
  const [start, ...rest] = JSON.stringify(callBody(bot)).match(/.{1,20}/g) ?? []
  const chunks = new ReadableStream({
    start: (controller) => {
      for (const text of [start, ...rest]) controller.enqueue(new TextEncoder().encode(text))
      controller.close()
    },
  })
  const token = await fetchToken(inject('baseUrl'), bot)
  const response = await fetch(`${inject('baseUrl')}${COMMUNICATIONS.calls}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: chunks,
    duplex: 'half',
  })

  expect(response.status).toBe(201)
  expect(await response.json()).toMatchObject({ callbackUri: bot.callbackUri })
})

test('each command has a line on the console with its path, its result and its call', async () => {
  const bot = await newBot()
  const call = lastId(await establishMeeting(bot, COMMUNICATIONS))
  await bot.request('POST', `${COMMUNICATIONS.calls}/${call}/answer`, ANSWER)
  await expect
    .poll(() => readFileSync(inject('logFile'), 'utf8'))
    .toMatch(new RegExp(`-> POST /v1.0/communications/calls/${call}/answer 409 notAllowed: .+, \\d+ ms {2}call `))
})
