import { readFileSync } from 'node:fs'
import { expect, inject, onTestFinished, test } from 'vitest'
import { type Received, startBot, type TestBot, type TestReply } from '../../../support/testBot.js'
import { findDifferences } from '../match.js'
import { DIFFERENCES, ROSTER_ON_JOINING, substitute, toExpected } from './differences.js'
import { type Message, PAGE } from './page.js'

// The flow on the page, message by message, with the ids of the page, where the caller and the bot have the same GUID.

const GRAPH = 'https://graph.microsoft.com'
const CALLBACK = 'https://bot.contoso.com/api/calls'
const CALLER_AND_BOT = '8A34A46B-3D17-4ADC-8DCE-DC4E7D572698'
const HEIDI = '550fae72-d251-43ec-868c-373732c2704f'
const baseUrl = inject('baseUrl')

interface Scene {
  readonly bot: TestBot
  /** The texts that the names in the patterns stand for, as far as earlier messages have shown them. */
  readonly names: Map<string, string>
  /** Sends the request with this number on the page, and compares the reply with the next message. */
  exchange(number: number): Promise<TestReply>
  /** Compares the new notifications with messages of the page, and fails if there are others. */
  expectNotifications(...expected: (number | typeof ROSTER_ON_JOINING)[]): Promise<void>
}

async function newScene(): Promise<Scene> {
  const bot = await startBot(baseUrl, undefined, CALLER_AND_BOT)
  onTestFinished(() => bot.close())
  expect((await bot.register('app')).status).toBeLessThan(300)
  const names = new Map([['tenant', bot.tenantId]])
  const withAddresses = <T>(message: T): T =>
    JSON.parse(JSON.stringify(message).replaceAll(GRAPH, baseUrl).replaceAll(CALLBACK, bot.callbackUri))
  const expectSame = (actual: object, expected: object, what: string) =>
    expect(findDifferences(actual, withAddresses(expected), names), what).toEqual([])
  let seen = 0
  return {
    bot,
    names,
    exchange: async (number) => {
      const [method = '', path = '', body] = toRequest(withAddresses(toExpected(number)), names)
      const reply = await bot.request(method, path, body)
      expectSame(toMessage(reply), toExpected(number + 1), `message ${number + 1}`)
      return reply
    },
    expectNotifications: async (...expected) => {
      await bot.waitFor(seen + expected.length)
      for (const [index, item] of expected.entries()) {
        const isOnPage = typeof item === 'number'
        const { headers, body } = isOnPage ? toExpected(item) : substitute(item, item.after)
        const what = isOnPage ? `message ${item}` : `the notification after message ${item.after}`
        expectSame(toNotification(bot.received[seen + index]), { headers, body }, what)
      }
      seen += expected.length
      expect(bot.received).toHaveLength(seen)
    },
  }
}

/** Returns the request of a message, with the ids from earlier messages in it. */
function toRequest({ address = '', body }: Message, names: Map<string, string>): [string, string, unknown] {
  const fillIn = (text: string) => text.replaceAll(/\{(\w+):\w+\}/g, (pattern, name) => names.get(name) ?? pattern)
  const [method = '', path = ''] = fillIn(address).split(' ')
  return [method, path.replace(baseUrl, ''), JSON.parse(fillIn(JSON.stringify(body)))]
}

function toMessage({ status, headers, body }: TestReply) {
  const shown = ['Location', 'Content-Type'].flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [[name, withoutCharset(value)]]
  })
  return { statusCode: status, headers: Object.fromEntries(shown), ...(body !== undefined && { body }) }
}

/** The page shows no charset. */
const withoutCharset = (contentType = '') => contentType.replace('; charset=utf-8', '')

const toNotification = (received: Received | undefined) => ({
  headers: {
    Authorization: received?.headers.authorization,
    'Content-Type': withoutCharset(received?.headers['content-type']),
  },
  body: received?.body,
})

/** Messages 7 to 11: a person calls, and the bot answers. */
async function answerCall({ bot, exchange, expectNotifications }: Scene): Promise<void> {
  await bot.request('POST', '/simulator/calls', {
    to: { application: { id: CALLER_AND_BOT } },
    from: { user: { id: CALLER_AND_BOT, displayName: 'Test User' } },
    requestedModalities: ['audio', 'video'],
  })
  await expectNotifications(7)
  await exchange(8)
  await expectNotifications(10, 11)
}

test('messages 1 and 2: an invitation with every property replaces a call', async () => {
  const { bot, names, exchange } = await newScene()
  const call = { callbackUri: bot.callbackUri, mediaConfig: { '@odata.type': 'serviceHostedMediaConfig' } }
  const old = await bot.request('POST', '/app/calls', { ...call, targets: [{ identity: { user: { id: HEIDI } } }] })
  await bot.waitFor(2)
  const meetingInfo = { '@odata.type': 'tokenMeetingInfo', token: 'token' }
  const joined = await bot.request('POST', '/app/calls', { ...call, meetingInfo })
  await bot.waitFor(5)
  names.set('replaced', old.body.id).set('call', joined.body.id)

  await exchange(1)
  await bot.waitFor(9)
  expect(bot.flow().slice(5)).toEqual([
    'deleted operations completed',
    'updated participants 2',
    'updated call terminated',
    'deleted call',
  ])
  expect(bot.received[6]?.body.value[0].resourceData[0].info).toMatchObject({
    region: 'region-value',
    languageId: 'languageId-value',
  })
})

test('messages 3 to 6: a participant is invited into a peer-to-peer call', async () => {
  const scene = await newScene()
  await answerCall(scene)
  await scene.exchange(3)
  await scene.expectNotifications(5, 6)
})

test('messages 7 to 21: a call is answered, the bot joins a meeting, the caller is moved, the call ends', async () => {
  const scene = await newScene()
  await answerCall(scene)
  await scene.exchange(12)
  await scene.expectNotifications(14, 15, ROSTER_ON_JOINING)
  await scene.exchange(16)
  await scene.expectNotifications(18, 19, 20, 21)
})

test('docs/messages.md has a row for each message, which names the keys that differ', () => {
  const table = [...readFileSync('docs/messages.md', 'utf8').matchAll(/^\| (\d+|after \d+) \|(.*)\|$/gm)]
  const documented = table.map(([, message = '', row = '']) => {
    const [, sent = '', why = ''] = row.split(' | ')
    return {
      message,
      keys: [...sent.matchAll(/`([^`]+)`/g)].map(([, key]) => key).toSorted(),
      hasReason: why.length > 2,
    }
  })
  const expected = Object.keys(PAGE).map((message) => {
    const own = DIFFERENCES.filter(({ messages }) => messages.includes(Number(message)))
    const keys = [...new Set(own.map(({ at }) => nameOf(at)))].toSorted()
    return { message, keys, hasReason: keys.length > 0 }
  })
  const extra = { message: `after ${ROSTER_ON_JOINING.after}`, keys: ['participants'], hasReason: true }
  expect(documented).toEqual(expected.toSpliced(ROSTER_ON_JOINING.after, 0, extra))
})

/** The key that a pointer ends with; for an item of an array, the key of the array. */
const nameOf = (pointer: string): string => pointer.split('/').findLast((key) => !/^\d+$/.test(key)) ?? ''

test('a missing key, an extra key and another value are differences', () => {
  const names = new Map<string, string>()
  expect(findDifferences({ a: 1 }, { a: 1, b: 2 }, names)).toEqual(['$.b: is missing'])
  expect(findDifferences({ a: 1, b: 2 }, { a: 1 }, names)).toEqual(['$.b: is not in the fixture'])
  expect(findDifferences({ a: ['x'] }, { a: ['y'] }, names)).toEqual(['$.a.0: x is not y'])
  expect(findDifferences({ a: 'AB', b: 'CD' }, { a: '{x:number}', b: 'CD' }, names)).toEqual([
    '$.a: AB is not {x:number}',
  ])
  expect(findDifferences({ a: '12', b: '13' }, { a: '{y:number}', b: '{y:number}' }, names)).toEqual([
    '$.b: 13 is not {y:number}',
  ])
})
