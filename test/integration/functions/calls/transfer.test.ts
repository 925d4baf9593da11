import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOwnService } from '../../../support/ownService.js'
import {
  actAsPerson,
  COMMUNICATIONS,
  callBody,
  create,
  type Dialect,
  dialects,
  establishedWithAudio,
  expectError,
  flowOf,
  getNotification,
  groupCallBody,
  lastId,
  newBot,
} from '../../../support/scenarios.js'
import type { RunningService } from '../../../support/serviceProcess.js'
import { type TestBot, user } from '../../../support/testBot.js'

// People wait until a test makes them act.
let service: RunningService
beforeAll(async () => {
  service = await startOwnService({ SIMULATOR_DEFAULT: 'wait', RING_TIMEOUT_MS: '3000' })
})
afterAll(() => service.stop())

/** Calls a person, who answers, and returns the path of the call. */
async function establish(bot: TestBot, dialect: Dialect, personId: string): Promise<string> {
  const before = bot.received.length
  const call = await create(bot, dialect, callBody(bot, personId))
  await actAsPerson(bot, personId, 'answer')
  await bot.waitFor(before + 1 + establishedWithAudio(dialect).length)
  return call
}

/** Calls two people, who answer, and returns the path of the group call. */
async function establishGroupCall(bot: TestBot, dialect: Dialect, people: readonly [string, string]): Promise<string> {
  const call = await create(bot, dialect, groupCallBody(bot, people))
  for (const person of people) await actAsPerson(bot, person, 'answer')
  await bot.waitFor(3 + establishedWithAudio(dialect).length)
  return call
}

const transferTo = (bot: TestBot, call: string, personId: string, more: object = {}) =>
  bot.request('POST', `${call}/transfer`, {
    transferTarget: { identity: user(personId), endpointType: 'default', ...more },
    clientContext: 'mine',
  })

/** The notifications of one call since it was established, in order. */
const flowSinceEstablished = (bot: TestBot, call: string, dialect: Dialect): string[] =>
  flowOf(bot, call).slice(1 + establishedWithAudio(dialect).length)
const TRANSFERRING = { app: 'updated operations running', communications: 'updated call transferring' }
const ACCEPTED = {
  app: ['deleted operations completed', 'updated call terminated', 'deleted call'],
  communications: ['updated call transferAccepted', 'deleted call terminated'],
}
const FAILED = { app: 'deleted operations failed', communications: 'updated call established' }

test.each(dialects)('$dialect: a transferred call ends when the target answers', async (dialect) => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  const [caller, target] = [randomUUID(), randomUUID()]
  const call = await establish(bot, dialect, caller)
  const reply = await transferTo(bot, call, target)
  expect([reply.status, reply.text, reply.headers.get('location')]).toEqual([202, '', null])
  expect((await bot.request('GET', call)).body.state).toBe('transferring')

  await actAsPerson(bot, target, 'answer')
  const expected = [TRANSFERRING[dialect.dialect], ...ACCEPTED[dialect.dialect]]
  await bot.waitFor(1 + establishedWithAudio(dialect).length + expected.length)
  expect(flowSinceEstablished(bot, call, dialect)).toEqual(expected)
  expect((await bot.request('GET', call)).status).toBe(404)
})

test('app: an operation reports the progress of a transfer', async () => {
  const [dialect] = dialects
  const bot = await newBot({ baseUrl: service.baseUrl })
  const [caller, target] = [randomUUID(), randomUUID()]
  const call = await establish(bot, dialect, caller)
  await transferTo(bot, call, target)
  await actAsPerson(bot, target, 'answer')
  await bot.waitFor(6)
  const [running, accepted, ended] = [3, 4, 5].map((number) => getNotification(bot, number))
  expect(running).toMatchObject({
    changeType: 'updated',
    resourceData: {
      '@odata.type': '#microsoft.graph.commsOperation',
      status: 'running',
      clientContext: 'mine',
      resultInfo: { code: '200', subCode: 'transferring' },
    },
  })
  expect(accepted).toMatchObject({
    changeType: 'deleted',
    resource: running.resource,
    resourceData: { status: 'completed', resultInfo: { code: '200', subCode: 'transferAccepted' } },
  })
  expect(ended.resourceData.terminationReason).toBe('AppTransferred')
})

test('communications: the call reports the progress of a transfer', async () => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  const [caller, target] = [randomUUID(), randomUUID()]
  const call = await establish(bot, COMMUNICATIONS, caller)
  await transferTo(bot, call, target)
  await actAsPerson(bot, target, 'answer')
  await bot.waitFor(6)
  expect(getNotification(bot, 4)).toMatchObject({ resourceData: { id: lastId(call), state: 'transferring' } })
  expect(getNotification(bot, 5)).toMatchObject({ resourceData: { id: lastId(call), state: 'transferAccepted' } })
  expect(getNotification(bot, 6)).toMatchObject({
    changeType: 'deleted',
    resourceData: { state: 'terminated', resultInfo: { code: 200, subcode: 7015 } },
  })
})

test.each(
  dialects.flatMap((dialect) =>
    (dialect === COMMUNICATIONS ? (['decline', 'busy', 'ring out'] as const) : (['decline'] as const)).map((end) => ({
      ...dialect,
      of: dialect,
      end,
    })),
  ),
)('$dialect: the call is established again after the end "$end", and can be transferred again', async (row) => {
  const { of, end } = row
  const bot = await newBot({ baseUrl: service.baseUrl })
  const [caller, target] = [randomUUID(), randomUUID()]
  const call = await establish(bot, of, caller)
  const established = bot.received.length
  await transferTo(bot, call, target)
  if (end !== 'ring out') await actAsPerson(bot, target, end)
  await bot.waitFor(established + 2)
  expect(flowSinceEstablished(bot, call, of)).toEqual([TRANSFERRING[of.dialect], FAILED[of.dialect]])
  const { resourceData } = getNotification(bot, -1)
  const result = of.dialect === 'app' ? { code: '500', subCode: '7000' } : { code: 500, subcode: 7000 }
  expect(resourceData.resultInfo).toMatchObject(result)
  expect(resourceData).not.toHaveProperty('replacesContext')
  expect((await bot.request('GET', call)).body.state).toBe('established')
  expect((await transferTo(bot, call, target)).status).toBe(202)
})

test.each(dialects)('$dialect: a consultative transfer ends both calls', async (dialect) => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  const [caller, target] = [randomUUID(), randomUUID()]
  const call = await establish(bot, dialect, caller)
  const consultation = await establish(bot, dialect, target)
  const before = bot.received.length
  expect((await transferTo(bot, call, target, { replacesCallId: lastId(consultation) })).status).toBe(202)
  const expected = [TRANSFERRING[dialect.dialect], ...ACCEPTED[dialect.dialect]]
  const ofConsultation = ACCEPTED[dialect.dialect].slice(1)
  await bot.waitFor(before + expected.length + ofConsultation.length)
  expect(flowSinceEstablished(bot, call, dialect)).toEqual(expected)
  expect(flowSinceEstablished(bot, consultation, dialect)).toEqual(ofConsultation)
  for (const ended of [call, consultation]) expect((await bot.request('GET', ended)).status).toBe(404)
})

test.each(dialects)('$dialect: a consultative transfer needs a target who is in the other call', async (dialect) => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  const [caller, target, stranger] = [randomUUID(), randomUUID(), randomUUID()]
  const call = await establish(bot, dialect, caller)
  const consultation = await establish(bot, dialect, target)
  const id = lastId(consultation)
  const errors = [
    [stranger, id, 409, 'is not in the call to be replaced'],
    [target, randomUUID(), 400, 'transferTarget.replacesCallId: there is no call'],
    [target, lastId(call), 400, 'transferTarget.replacesCallId: is the call'],
    [target, 'x', 400, 'transferTarget.replacesCallId: must be the id of a call'],
  ] as const
  for (const [person, replacesCallId, status, says] of errors) {
    const reply = await transferTo(bot, call, person, { replacesCallId })
    expectError(reply, { status, code: status === 409 ? 'notAllowed' : 'invalidRequest', says })
  }
  for (const path of [call, consultation]) {
    expect((await bot.request('GET', path)).body.state).toBe('established')
  }
})

test.each(dialects)('$dialect: the transferred participant hangs up while the target rings', async (dialect) => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  const [caller, target] = [randomUUID(), randomUUID()]
  const call = await establish(bot, dialect, caller)
  const before = bot.received.length
  await transferTo(bot, call, target)
  await actAsPerson(bot, caller, 'leave')
  // In 2019, the operation fails first.
  await bot.waitFor(before + (dialect.dialect === 'app' ? 4 : 2))
  expect(bot.flow().at(-1)).toMatch(/^deleted call/)
  expect((await bot.request('POST', `/simulator/people/${target}/answer`)).status).toBe(404)
})

test.each(dialects)('$dialect: a transfer from a group call names the transferee', async (dialect) => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  const [ann, bob, target] = [randomUUID(), randomUUID(), randomUUID()]
  const call = await establishGroupCall(bot, dialect, [ann, bob])
  expectError(await transferTo(bot, call, target), { status: 400, code: '8523', says: 'transferee: is required' })

  const send = (transferee: object) =>
    bot.request('POST', `${call}/transfer`, { transferTarget: { identity: user(target) }, transferee })
  expectError(await send({ identity: user() }), { status: 409, code: 'notAllowed', says: 'transferee.identity' })
  const mismatch = await send({ identity: user(ann), participantId: randomUUID() })
  expectError(mismatch, { status: 400, code: 'invalidRequest', says: 'transferee.participantId' })

  const before = bot.received.length
  expect((await send({ identity: user(ann) })).status).toBe(202)
  await actAsPerson(bot, target, 'answer')
  const expected = [TRANSFERRING[dialect.dialect], ...ACCEPTED[dialect.dialect]]
  await bot.waitFor(before + expected.length)
  expect(bot.flow().slice(before)).toEqual(expected)
})

test.each(dialects)('$dialect: a transfer fails when the transferee leaves the group call', async (dialect) => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  const [ann, bob, target] = [randomUUID(), randomUUID(), randomUUID()]
  const call = await establishGroupCall(bot, dialect, [ann, bob])
  const before = bot.received.length
  const body = { transferTarget: { identity: user(target) }, transferee: { identity: user(ann) } }
  expect((await bot.request('POST', `${call}/transfer`, body)).status).toBe(202)
  await actAsPerson(bot, ann, 'leave')
  await bot.waitFor(before + 3)
  expect(bot.flow().slice(before)).toEqual([
    TRANSFERRING[dialect.dialect],
    'updated participants 2',
    FAILED[dialect.dialect],
  ])
})

test.each(dialects)(
  '$dialect: a call that is being transferred accepts no other transfer or invitation',
  async (dialect) => {
    const bot = await newBot({ baseUrl: service.baseUrl })
    const [caller, target] = [randomUUID(), randomUUID()]
    const call = await establish(bot, dialect, caller)
    expectError(await transferTo(bot, call, caller), {
      status: 409,
      code: 'notAllowed',
      says: 'is in the call already',
    })
    await transferTo(bot, call, target)
    const states = { status: 409, code: 'notAllowed', says: 'The call is transferring' }
    expectError(await transferTo(bot, call, randomUUID()), states)
    const invitation = { participants: [{ identity: user() }] }
    expectError(await bot.request('POST', `${call}/participants/invite`, invitation), states)
    expect((await bot.request('POST', `${call}/keepAlive`)).status).toBe(200)
    expect((await bot.request('DELETE', call)).status).toBe(204)
  },
)

test('a call with a running invitation cannot be transferred, and a phone needs an application instance', async () => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  const call = await establish(bot, COMMUNICATIONS, randomUUID())
  const toPhone = { transferTarget: { identity: { phone: { id: '+12345678901' } } } }
  const refused = await bot.request('POST', `${call}/transfer`, toPhone)
  expectError(refused, { status: 403, code: '7507', says: 'transferTarget: is a phone' })
  await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] })
  const running = await transferTo(bot, call, randomUUID())
  expectError(running, { status: 409, code: 'notAllowed', says: 'An invitation is still running' })
})

const bad: [title: string, body: unknown, says: string][] = [
  ['no body', undefined, 'The request body: is required'],
  ['no target', {}, 'transferTarget: is required'],
  ['a target without identity', { transferTarget: {} }, 'transferTarget.identity: is required'],
  ['a long clientContext', { transferTarget: { identity: user() }, clientContext: 'x'.repeat(257) }, 'clientContext'],
  ['a wrong transferee', { transferTarget: { identity: user() }, transferee: {} }, 'transferee.identity: is required'],
]
test('a transfer with a wrong body is refused and changes nothing', async () => {
  const bot = await newBot({ baseUrl: service.baseUrl })
  const call = await establish(bot, COMMUNICATIONS, randomUUID())
  for (const [title, body, says] of bad) {
    const reply = await bot.request('POST', `${call}/transfer`, body)
    expect(reply, title).toMatchObject({ status: 400, body: { error: { code: 'invalidRequest' } } })
    expect(reply.body.error.message, title).toContain(says)
  }
  expect((await bot.request('GET', call)).body.state).toBe('established')
})
