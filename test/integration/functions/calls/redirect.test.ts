import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOwnService } from '../../../support/ownService.js'
import {
  ANSWER,
  actAsPerson,
  COMMUNICATIONS,
  type Dialect,
  dialects,
  endOf,
  establishCall,
  expectError,
  getNotification,
  newBot,
  newPersonIds,
  placeCall,
} from '../../../support/scenarios.js'
import type { RunningService } from '../../../support/serviceProcess.js'
import { type TestBot, user } from '../../../support/testBot.js'

// People wait until a test makes them act.
let service: RunningService
beforeAll(async () => {
  service = await startOwnService({ SIMULATOR_DEFAULT: 'wait' })
})
afterAll(() => service.stop())

/** Makes a person call the bot, and waits for the notification of that. */
async function startIncomingCall(dialect: Dialect, personId: string = randomUUID()) {
  const bot = await newBot({ baseUrl: service.baseUrl, registered: dialect.dialect })
  const call = `${dialect.calls}/${await placeCall(bot, personId)}`
  await bot.waitFor(1)
  return { bot, call }
}

const redirectTo = (bot: TestBot, call: string, people: readonly string[], more: object = {}) =>
  bot.request('POST', `${call}/redirect`, { targets: people.map((id) => ({ identity: user(id) })), ...more })

const AFTER_REDIRECT = {
  app: ['created call incoming', 'updated call redirecting'],
  communications: ['created call incoming'],
}

test.each(dialects)('$dialect: a redirected call ends when the target answers', async (dialect) => {
  const { bot, call } = await startIncomingCall(dialect)
  const target = randomUUID()
  const reply = await redirectTo(bot, call, [target])
  expect([reply.status, reply.text, reply.headers.get('location')]).toEqual([202, '', null])
  expect((await bot.request('GET', call)).body.state).toBe('redirecting')

  await actAsPerson(bot, target, 'answer')
  const expected = [...AFTER_REDIRECT[dialect.dialect], ...endOf(dialect)]
  await bot.waitFor(expected.length)
  expect(bot.flow()).toEqual(expected)
  const { resourceData } = getNotification(bot, AFTER_REDIRECT[dialect.dialect].length + 1)
  expect(resourceData.answeredBy.identity.user.id).toBe(target)
  if (dialect.dialect === 'app') expect(resourceData.terminationReason).toBe('AppRedirected')
  else {
    expect(resourceData).toMatchObject({
      state: 'terminated',
      direction: 'incoming',
      callbackUri: bot.callbackUri,
      source: { identity: { user: { displayName: 'Heidi Steen' } } },
      targets: [{ identity: { application: { id: bot.applicationId } } }],
      myParticipantId: expect.any(String),
      resultInfo: { code: 200, subcode: 0 },
    })
  }
  expect((await bot.request('GET', call)).status).toBe(404)
})

test.each(dialects)('$dialect: several targets ring until one answers', async (dialect) => {
  const { bot, call } = await startIncomingCall(dialect)
  const [first = '', second = '', third = ''] = newPersonIds(3)
  await redirectTo(bot, call, [first, second, third], { timeout: 15, maskCaller: true, targetDisposition: 'forward' })
  await actAsPerson(bot, first, 'decline')
  await actAsPerson(bot, second, 'busy')
  await actAsPerson(bot, third, 'answer')
  await bot.waitFor(AFTER_REDIRECT[dialect.dialect].length + endOf(dialect).length)
  const { resourceData } = getNotification(bot, AFTER_REDIRECT[dialect.dialect].length + 1)
  expect(resourceData.answeredBy.identity.user.id).toBe(third)
})

test.each(dialects)('$dialect: a redirected call ends when the last target declines', async (dialect) => {
  const { bot, call } = await startIncomingCall(dialect)
  const [first = '', second = ''] = newPersonIds(2)
  await redirectTo(bot, call, [first, second])
  await actAsPerson(bot, first, 'busy')
  expect((await bot.request('GET', call)).body.state).toBe('redirecting')
  await actAsPerson(bot, second, 'decline')
  await bot.waitFor(AFTER_REDIRECT[dialect.dialect].length + endOf(dialect).length)
  const { resourceData } = getNotification(bot, AFTER_REDIRECT[dialect.dialect].length + 1)
  expect(resourceData.answeredBy).toBeUndefined()
  if (dialect.dialect === 'app') expect(resourceData.terminationReason).toBe('CallTerminated')
  else expect(resourceData.resultInfo).toMatchObject({ code: 603, subcode: 0 })
})

test.each(dialects)('$dialect: the caller hangs up while the targets ring', async (dialect) => {
  const caller = randomUUID()
  const { bot, call } = await startIncomingCall(dialect, caller)
  const target = randomUUID()
  await redirectTo(bot, call, [target])
  await actAsPerson(bot, caller, 'leave')
  await bot.waitFor(AFTER_REDIRECT[dialect.dialect].length + endOf(dialect).length)
  expect((await bot.request('POST', `/simulator/people/${target}/answer`)).status).toBe(404)
})

test('a redirect names the callback of the later notifications', async () => {
  const { bot, call } = await startIncomingCall(COMMUNICATIONS)
  const other = await newBot({ baseUrl: service.baseUrl })
  const target = randomUUID()
  await redirectTo(bot, call, [target], { callbackUri: other.callbackUri })
  await actAsPerson(bot, target, 'answer')
  await other.waitFor(1)
  expect(other.flow()).toEqual(['deleted call terminated'])
})

test('a call for an application instance can be redirected to a phone, another call not', async () => {
  const { bot, call } = await startIncomingCall(COMMUNICATIONS)
  const toPhone = { targets: [{ identity: { phone: { id: '+12345678901' } } }] }
  const refused = await bot.request('POST', `${call}/redirect`, toPhone)
  expectError(refused, { status: 403, code: '7507', says: 'targets[0]: is a phone' })

  const placed = await bot.request('POST', '/simulator/calls', {
    to: { application: { id: bot.applicationId }, applicationInstance: { id: randomUUID() } },
    from: user(),
  })
  expect((await bot.request('POST', `${COMMUNICATIONS.calls}/${placed.body.id}/redirect`, toPhone)).status).toBe(202)
})

test.each(dialects)('$dialect: only an incoming call can be redirected, and only once', async (dialect) => {
  const { bot, call } = await startIncomingCall(dialect)
  expect((await redirectTo(bot, call, newPersonIds(1))).status).toBe(202)
  const again = await redirectTo(bot, call, newPersonIds(1))
  expectError(again, { status: 409, code: 'notAllowed', says: 'The call is redirecting' })
  expect((await bot.request('POST', `${call}/answer`, ANSWER)).status).toBe(409)

  const other = await newBot()
  const established = await establishCall(other, dialect)
  expect((await redirectTo(other, established, newPersonIds(1))).status).toBe(409)
})

const target = { identity: user() }
const bad: [title: string, body: unknown, says: string][] = [
  ['no body', undefined, 'The request body: is required'],
  ['no targets', {}, 'targets: is required'],
  ['an empty list', { targets: [] }, 'targets: must have at least 1 item'],
  ['26 targets', { targets: newPersonIds(26).map((id) => ({ identity: user(id) })) }, 'targets: must have at most 25'],
  ['a target twice', { targets: [target, target] }, 'targets[1].identity'],
  ['a timeout of 14 s', { targets: [target], timeout: 14 }, 'timeout: must be at least 15'],
  ['a timeout of 91 s', { targets: [target], timeout: 91 }, 'timeout: must be at most 90'],
  ['a wrong disposition', { targets: [target], targetDisposition: 'x' }, 'targetDisposition: must be one of default'],
  ['a mask that is a text', { targets: [target], maskCaller: 'yes' }, 'maskCaller: must be'],
  ['a private callback', { targets: [target], callbackUri: 'https://10.0.0.1/' }, 'callbackUri'],
]
test('a redirect with a wrong body is refused and changes nothing', async () => {
  const { bot, call } = await startIncomingCall(COMMUNICATIONS)
  for (const [title, body, says] of bad) {
    const reply = await bot.request('POST', `${call}/redirect`, body)
    expect(reply, title).toMatchObject({ status: 400, body: { error: { code: 'invalidRequest' } } })
    expect(reply.body.error.message, title).toContain(says)
  }
  expect((await bot.request('GET', call)).body.state).toBe('incoming')
})
