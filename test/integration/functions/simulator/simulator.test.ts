import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOwnService } from '../../../support/ownService.js'
import {
  ANSWER,
  actAsPerson,
  COMMUNICATIONS,
  callBody,
  create,
  type Dialect,
  dialects,
  endOf,
  establishedWithAudio,
  establishMeeting,
  expectError,
  GUID,
  getNotification,
  groupCallBody,
  hangUpOf,
  lastId,
  newBot as newBotAt,
  newPersonIds,
  placeCall,
} from '../../../support/scenarios.js'
import type { RunningService } from '../../../support/serviceProcess.js'
import { type TestBot, user } from '../../../support/testBot.js'

// On this service people wait until a test makes them act, and bots have little time to answer. People ring for so long
// that only a ringingTimeoutInSeconds can end the ringing of a call.
let service: RunningService

beforeAll(async () => {
  service = await startOwnService({ SIMULATOR_DEFAULT: 'wait', ANSWER_TIMEOUT_MS: '600', RING_TIMEOUT_MS: '600000' })
})
afterAll(() => service.stop())

const newBot = (registered?: 'app' | 'communications'): Promise<TestBot> =>
  newBotAt({ baseUrl: service.baseUrl, ...(registered && { registered }) })
/** How long a test waits for the end of a timeout; generous, because the machine may be busy. */
const WAIT_MS = 45_000
const invite = (bot: TestBot, call: string, people: readonly string[], rest: object = {}) =>
  bot.request('POST', `${call}/participants/invite`, {
    participants: people.map((id) => ({ identity: user(id) })),
    ...rest,
  })

/** Calls a person and lets the person answer. */
async function createAnsweredCall(
  bot: TestBot,
  dialect: Dialect,
  rest: object = {},
): Promise<{ call: string; personId: string }> {
  const personId = randomUUID()
  const call = await create(bot, dialect, { ...callBody(bot, personId), ...rest })
  await actAsPerson(bot, personId, 'answer')
  await bot.waitFor(2)
  return { call, personId }
}

test.each(dialects)('$dialect: a person calls a registered bot', async (dialect) => {
  const bot = await newBot(dialect.dialect)
  const from = { user: { id: randomUUID(), displayName: 'Megan Bowen', tenantId: randomUUID() } }
  const reply = await bot.request('POST', '/simulator/calls', {
    to: { application: { id: bot.applicationId } },
    from,
    requestedModalities: ['audio', 'video'],
    subject: 'Help',
  })

  expect(reply).toMatchObject({ status: 201, body: { id: expect.stringMatching(GUID) } })
  await bot.waitFor(1)
  expect(getNotification(bot, 1)).toMatchObject({
    changeType: 'created',
    resource: `/app/calls/${dialect.spell(reply.body.id)}`,
    resourceData: {
      source: { identity: { user: { id: from.user.id, displayName: 'Megan Bowen' } } },
      requestedModalities: ['audio', 'video'],
    },
  })
})

test('a person cannot call a bot that is not registered', async () => {
  const bot = await newBot()
  const reply = await bot.request('POST', '/simulator/calls', {
    to: { application: { id: bot.applicationId } },
    from: user(),
  })

  expectError(reply, { status: 403, code: '7503', says: `PUT /bots/${bot.applicationId} first` })
})

const actions = ['answer', 'decline', 'busy'] as const

test.each(actions)('the request to %s finds the call in which the person rings', async (action) => {
  const bot = await newBot()
  const personId = randomUUID()
  const call = await create(bot, COMMUNICATIONS, callBody(bot, personId))
  const reply = await bot.request('POST', `/simulator/people/${personId}/${action}`)

  expect(reply).toMatchObject({ status: 200, body: { callId: lastId(call) } })
})

test.each(actions)('the request to %s affects the named call of a person who rings in two calls', async (action) => {
  const bot = await newBot()
  const personId = randomUUID()
  const call = await create(bot, COMMUNICATIONS, callBody(bot, personId))
  const later = await create(bot, COMMUNICATIONS, callBody(bot, personId))
  const body = { callId: lastId(call) }

  expect(await bot.request('POST', `/simulator/people/${personId}/${action}`, body)).toMatchObject({
    status: 200,
    body,
  })
  expect((await bot.request('GET', later)).body.state).toBe('establishing')
  const again = await bot.request('POST', `/simulator/people/${personId}/${action}`)
  expect(again).toMatchObject({ status: 200, body: { callId: lastId(later) } })
})

test('the request to leave finds the call of the person, or affects the named call', async () => {
  const bot = await newBot()
  const first = await createAnsweredCall(bot, COMMUNICATIONS)
  const unnamed = await bot.request('POST', `/simulator/people/${first.personId}/leave`)
  expect(unnamed).toMatchObject({ status: 200, body: { callId: lastId(first.call) } })

  await bot.waitFor(3)
  const bystander = await newBot()
  const second = await createAnsweredCall(bystander, COMMUNICATIONS)
  const body = { callId: lastId(second.call) }
  expect(await bystander.request('POST', `/simulator/people/${second.personId}/leave`, body)).toMatchObject({
    status: 200,
    body,
  })
})

test('an action that a person cannot do returns 409 for a named call, and 404 without one', async () => {
  const bot = await newBot()
  const { call, personId } = await createAnsweredCall(bot, COMMUNICATIONS)
  const path = `/simulator/people/${personId}/answer`

  expectError(await bot.request('POST', path, { callId: lastId(call) }), {
    status: 409,
    code: 'notAllowed',
    says: `${personId} is not ringing in this call.`,
  })
  expectError(await bot.request('POST', path), { status: 404, code: 'itemNotFound', says: personId })
  expectError(await bot.request('POST', path, { callId: randomUUID() }), { status: 404, code: '8522' })
  expectError(await bot.request('POST', path, { callId: 'my-call' }), {
    status: 400,
    code: 'invalidRequest',
    says: 'callId: is not a GUID.',
  })
})

const unusualIds = ['..', '.', 'a/b?c#d%2f', 'x\ud800', '-']

test.each(unusualIds)('a person whose id is %j acts by the id in the body', async (id) => {
  const bot = await newBot()
  const call = await create(bot, COMMUNICATIONS, callBody(bot, id))
  const body = { userId: id, callId: lastId(call) }
  await bot.request('POST', `${call}/subscribeToTone`)

  expect(await bot.request('POST', '/simulator/people/-/answer', body)).toMatchObject({
    status: 200,
    body: { callId: lastId(call) },
  })
  const pressed = await bot.request('POST', '/simulator/people/-/press', { ...body, tone: 'tone1' })
  expect(pressed).toMatchObject({ status: 200, body: { callId: lastId(call) } })
  const left = await bot.request('POST', '/simulator/people/-/leave', { userId: id })
  expect(left).toMatchObject({ status: 200, body: { callId: lastId(call) } })
})

test('a userId in the body must equal the id in the path, unless the path has -', async () => {
  const bot = await newBot()
  const personId = randomUUID()
  const call = await create(bot, COMMUNICATIONS, callBody(bot, personId))
  const act = (inPath: string, body: object) => bot.request('POST', `/simulator/people/${inPath}/answer`, body)

  expectError(await act(randomUUID(), { userId: personId }), {
    status: 400,
    code: 'invalidRequest',
    says: `userId: is ${personId}, but the path has`,
  })
  expectError(await act('-', { userId: '' }), {
    status: 400,
    code: 'invalidRequest',
    says: 'userId: must have at least 1',
  })
  expectError(await act('-', {}), { status: 404, code: 'itemNotFound', says: 'userId: - is in no call' })
  expect(await act(personId, { userId: personId })).toMatchObject({ status: 200, body: { callId: lastId(call) } })
})

test('a person joins a meeting without an invitation, and only once', async () => {
  const bot = await newBot()
  const call = await establishMeeting(bot, COMMUNICATIONS)
  const personId = randomUUID()
  const path = `/simulator/calls/${lastId(call)}/participants`
  const reply = await bot.request('POST', path, { identity: user(personId, 'Megan Bowen') })

  expect(reply.status).toBe(201)
  expect((await bot.request('GET', `${call}/participants/${reply.body.id}`)).body.info.identity.user).toMatchObject({
    id: personId,
    displayName: 'Megan Bowen',
  })
  expectError(await bot.request('POST', path, { identity: user(personId) }), {
    status: 409,
    code: 'notAllowed',
    says: `identity: the user ${personId}`,
  })
})

test('a person cannot join a peer-to-peer call or an unknown call', async () => {
  const bot = await newBot()
  const { call } = await createAnsweredCall(bot, COMMUNICATIONS)
  const join = (callId: string) => bot.request('POST', `/simulator/calls/${callId}/participants`, { identity: user() })

  expectError(await join(lastId(call)), { status: 409, code: 'notAllowed', says: 'group call' })
  expectError(await join(randomUUID()), { status: 404, code: '8522' })
  expectError(await join('my-call'), { status: 400, code: 'invalidRequest', says: 'callId' })
})

const badPlacements: [title: string, body: unknown, says: string][] = [
  ['no bot to call', { from: user() }, 'to: is required.'],
  ['no caller', { to: { application: { id: randomUUID() } } }, 'from: is required.'],
  ['a bot without a GUID', { to: { application: { id: 'bot' } }, from: user() }, 'to.application.id: is not a GUID.'],
  [
    'a caller without an id',
    { to: { application: { id: randomUUID() } }, from: { user: {} } },
    'from.user.id: is required.',
  ],
]

test.each(badPlacements)('a request to place a call with %s returns 400', async (_, body, says) => {
  const bot = await newBot()

  expectError(await bot.request('POST', '/simulator/calls', body), { status: 400, code: 'invalidRequest', says })
})

const refusals = [
  { action: 'decline', code: 603, subcode: 0 },
  { action: 'busy', code: 486, subcode: 0 },
] as const

test.each(dialects.flatMap((dialect) => refusals.map((refusal) => ({ ...dialect, of: dialect, ...refusal }))))(
  '$dialect: the action $action of the called person ends the call',
  async ({ of, action, code, subcode }) => {
    const bot = await newBot()
    const personId = randomUUID()
    await create(bot, of, callBody(bot, personId))
    await actAsPerson(bot, personId, action)

    await bot.waitFor(1 + endOf(of).length)
    expect(bot.flow()).toEqual(['updated call establishing', ...endOf(of)])
    expect(getNotification(bot, 2).resourceData).toMatchObject(
      of.dialect === 'app' ? { terminationReason: 'CallTerminated' } : { resultInfo: { code, subcode } },
    )
  },
)

test.each(dialects)(
  '$dialect: a call that rings for one second without an answer ends, and not earlier',
  async (dialect) => {
    const bot = await newBot()
    const calledAt = Date.now()
    await create(bot, dialect, { ...callBody(bot), ringingTimeoutInSeconds: 1 })

    const received = await bot.waitFor(1 + endOf(dialect).length, WAIT_MS)
    expect(bot.flow()).toEqual(['updated call establishing', ...endOf(dialect)])
    expect((received[1]?.at ?? 0) - calledAt).toBeGreaterThanOrEqual(1_000)
    expect(getNotification(bot, 2).resourceData).toMatchObject(
      dialect.dialect === 'app'
        ? { terminationReason: 'CallTerminated' }
        : { resultInfo: { code: 480, subcode: 10076 } },
    )
  },
)

test.each(dialects)('$dialect: a bot hangs up while its call still rings', async (dialect) => {
  const bot = await newBot()
  const call = await create(bot, dialect, callBody(bot))
  expect((await bot.request('DELETE', call)).status).toBe(204)

  await bot.waitFor(3)
  expect(bot.flow()).toEqual(['updated call establishing', ...hangUpOf(dialect)])
})

test.each(dialects)('$dialect: a call to a bot that does not answer in time ends', async (dialect) => {
  const bot = await newBot(dialect.dialect)
  const call = `${dialect.calls}/${await placeCall(bot)}`

  await bot.waitFor(1 + endOf(dialect).length)
  expect(bot.flow()).toEqual(['created call incoming', ...endOf(dialect)])
  expect(getNotification(bot, 2).resourceData).toMatchObject(
    dialect.dialect === 'app' ? { terminationReason: 'CallTerminated' } : { resultInfo: { code: 480, subcode: 10076 } },
  )
  expectError(await bot.request('POST', `${call}/answer`, ANSWER), { status: 404, code: '8522' })
})

test.each(dialects)(
  '$dialect: a group call is established when one person declines and one answers',
  async (dialect) => {
    const bot = await newBot()
    const [declines = '', answers = ''] = newPersonIds(2)
    await create(bot, dialect, groupCallBody(bot, [declines, answers]))
    await actAsPerson(bot, declines, 'decline')
    await actAsPerson(bot, answers, 'answer')

    const [established = '', ...audio] = establishedWithAudio(dialect)
    await bot.waitFor(3 + audio.length)
    expect(bot.flow()).toEqual(['updated call establishing', established, 'updated participants 2', ...audio])
  },
)

test.each(dialects)('$dialect: a group call that everyone declines ends without being established', async (dialect) => {
  const bot = await newBot()
  const people = newPersonIds(2)
  await create(bot, dialect, groupCallBody(bot, people))
  for (const personId of people) await actAsPerson(bot, personId, 'decline')

  await bot.waitFor(1 + endOf(dialect).length)
  expect(bot.flow()).toEqual(['updated call establishing', ...endOf(dialect)])
  if (dialect.dialect === 'communications') {
    expect(getNotification(bot, 2).resourceData.resultInfo).toMatchObject({ code: 200, subcode: 5013 })
  }
})

test.each(dialects)(
  '$dialect: an operation with five invited people, two of whom decline, completes with the last answer',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    const people = newPersonIds(5)
    const invited = await invite(bot, call, people)
    for (const [index, personId] of people.entries())
      await actAsPerson(bot, personId, index % 2 === 0 ? 'answer' : 'decline')

    await bot.waitFor(7)
    expect(bot.flow().slice(3)).toEqual([
      'updated participants 2',
      'updated participants 3',
      'deleted operations completed',
      'updated participants 4',
    ])
    expect(getNotification(bot, 6).resourceData).toMatchObject({ id: invited.body.id, resultInfo: { code: 200 } })
    expect(getNotification(bot, 6).resourceData.participants).toHaveLength(5)
  },
)

test.each(dialects)(
  '$dialect: an operation completes when the last invited person declines, and the roster stays',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    const [answers = '', declines = ''] = newPersonIds(2)
    await invite(bot, call, [answers, declines])
    await actAsPerson(bot, answers, 'answer')
    await actAsPerson(bot, declines, 'decline')

    await bot.waitFor(5)
    expect(bot.flow().slice(3)).toEqual(['updated participants 2', 'deleted operations completed'])
    expect((await bot.request('GET', `${call}/participants`)).body.value).toHaveLength(2)
  },
)

test.each(dialects)(
  '$dialect: an invitation that everyone refuses fails with the last reason, and the roster stays',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    const { body: before } = await bot.request('GET', `${call}/participants`)
    const [declines = '', busy = ''] = newPersonIds(2)
    const invited = await invite(bot, call, [declines, busy], { clientContext: 'mine' })
    await actAsPerson(bot, declines, 'decline')
    await actAsPerson(bot, busy, 'busy')

    await bot.waitFor(4)
    expect(bot.flow().slice(3)).toEqual(['deleted operations failed'])
    const failed = {
      id: invited.body.id,
      clientContext: 'mine',
      status: 'failed',
      resultInfo: { code: 486, subcode: 0 },
    }
    expect(getNotification(bot, 4).resourceData).toMatchObject(failed)
    expect((await bot.request('GET', `${call}/operations/${invited.body.id}`)).body).toMatchObject(failed)
    expect((await bot.request('GET', `${call}/participants`)).body).toEqual(before)
  },
)

test.each(dialects)('$dialect: a call stays peer-to-peer when the invited person declines', async (dialect) => {
  const bot = await newBot()
  const { call, personId } = await createAnsweredCall(bot, dialect)
  const before = 1 + establishedWithAudio(dialect).length
  const [declines = ''] = newPersonIds(1)
  await invite(bot, call, [declines])
  await actAsPerson(bot, declines, 'decline')
  await bot.waitFor(before + 1)
  expect((await bot.request('GET', `${call}/participants`)).body.value).toEqual([])
  await actAsPerson(bot, personId, 'leave')

  const expected = ['deleted operations failed', ...endOf(dialect)]
  await bot.waitFor(before + expected.length)
  expect(bot.flow().slice(before)).toEqual(expected)
})

test('an invitation rings for the ringing timeout of its call, and then fails', async () => {
  const bot = await newBot()
  const chatInfo = { threadId: '19:thread@thread.v2', messageId: '0' }
  // Long enough that a busy machine lets the first person answer in time.
  const ringingTimeoutInSeconds = 10
  const { call } = await createAnsweredCall(bot, COMMUNICATIONS, { chatInfo, ringingTimeoutInSeconds })
  const invitedAt = Date.now()
  await invite(bot, call, newPersonIds(1))

  const received = await bot.waitFor(4, WAIT_MS)
  expect((received[3]?.at ?? 0) - invitedAt).toBeGreaterThanOrEqual(ringingTimeoutInSeconds * 1_000)
  expect(bot.flow().slice(3)).toEqual(['deleted operations failed'])
  expect(getNotification(bot, 4).resourceData.resultInfo).toMatchObject({ code: 480, subcode: 10076 })
})

test.each(dialects)(
  '$dialect: an invitation that still rings when the bot hangs up fails before the call ends',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    const invited = await invite(bot, call, newPersonIds(1))
    await bot.request('DELETE', call)

    await bot.waitFor(6)
    expect(bot.flow().slice(3)).toEqual(['deleted operations failed', ...hangUpOf(dialect)])
    expect(getNotification(bot, 4).resourceData).toMatchObject({
      id: invited.body.id,
      resultInfo: { code: 200, subcode: 7000 },
    })
  },
)

test.each(dialects)('$dialect: a call that is not established refuses an invitation', async (dialect) => {
  const bot = await newBot()
  const call = await create(bot, dialect, groupCallBody(bot, newPersonIds(2)))

  expectError(await invite(bot, call, newPersonIds(1)), {
    status: 409,
    code: 'notAllowed',
    says: 'The call is establishing; invite needs a call that is established.',
  })
})

test.each(dialects)('$dialect: a person whose invitation still rings cannot be invited again', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const [personId = ''] = newPersonIds(1)
  await invite(bot, call, [personId])

  expectError(await invite(bot, call, [personId.toUpperCase()]), {
    status: 409,
    code: 'notAllowed',
    says: 'participants[0].identity',
  })
})
