import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestBot, user } from '../../../support/bot.js'
import {
  ANSWER,
  COMMUNICATIONS,
  callTo,
  callToAll,
  create,
  type Dialect,
  dialects,
  establishMeeting,
  expectError,
  GUID,
  lastId,
  move,
  newBot as newBotAt,
  newPeople,
  notified,
  placeCall,
} from '../../../support/bots.js'
import { type RunningService, startService } from '../../../support/service.js'

// A service whose people wait until they are moved, and whose bots have little time to answer.
let service: RunningService

beforeAll(async () => {
  service = await startService({ SIMULATOR_DEFAULT: 'wait', ANSWER_TIMEOUT_MS: '600' })
})
afterAll(() => service.stop())

const newBot = (registered?: 'app' | 'communications'): Promise<TestBot> =>
  newBotAt({ baseUrl: service.baseUrl, ...(registered && { registered }) })
const endOf = ({ dialect }: Dialect): string[] =>
  dialect === 'app' ? ['updated call terminated', 'deleted call'] : ['deleted call terminated']
const invite = (bot: TestBot, call: string, people: readonly string[], rest: object = {}) =>
  bot.request('POST', `${call}/participants/invite`, {
    participants: people.map((id) => ({ identity: user(id) })),
    ...rest,
  })

/** Calls somebody and lets them answer. */
async function answeredCall(
  bot: TestBot,
  dialect: Dialect,
  rest: object = {},
): Promise<{ call: string; personId: string }> {
  const personId = randomUUID()
  const call = await create(bot, dialect, { ...callTo(bot, personId), ...rest })
  await move(bot, personId, 'answer')
  await bot.waitFor(2)
  return { call, personId }
}

test.each(dialects)('$dialect: a call is placed to a bot that is registered', async (dialect) => {
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
  expect(notified(bot, 1)).toMatchObject({
    changeType: 'created',
    resource: `/app/calls/${dialect.spell(reply.body.id)}`,
    resourceData: {
      source: { identity: { user: { id: from.user.id, displayName: 'Megan Bowen' } } },
      requestedModalities: ['audio', 'video'],
    },
  })
})

test('nobody can call a bot that is not registered', async () => {
  const bot = await newBot()
  const reply = await bot.request('POST', '/simulator/calls', {
    to: { application: { id: bot.applicationId } },
    from: user(),
  })

  expectError(reply, { status: 403, code: '7503', says: `PUT /bots/${bot.applicationId} first` })
})

const actions = ['answer', 'decline', 'busy'] as const

test.each(actions)('somebody who rings can be made to %s by their own id alone', async (action) => {
  const bot = await newBot()
  const personId = randomUUID()
  const call = await create(bot, COMMUNICATIONS, callTo(bot, personId))
  const reply = await bot.request('POST', `/simulator/people/${personId}/${action}`)

  expect(reply).toMatchObject({ status: 200, body: { callId: lastId(call) } })
})

test.each(actions)('somebody who rings in two calls can be made to %s in one of them', async (action) => {
  const bot = await newBot()
  const personId = randomUUID()
  const call = await create(bot, COMMUNICATIONS, callTo(bot, personId))
  const later = await create(bot, COMMUNICATIONS, callTo(bot, personId))
  const body = { callId: lastId(call) }

  expect(await bot.request('POST', `/simulator/people/${personId}/${action}`, body)).toMatchObject({
    status: 200,
    body,
  })
  expect((await bot.request('GET', later)).body.state).toBe('establishing')
  const again = await bot.request('POST', `/simulator/people/${personId}/${action}`)
  expect(again).toMatchObject({ status: 200, body: { callId: lastId(later) } })
})

test('somebody can be made to leave by their own id alone, or out of a certain call', async () => {
  const bot = await newBot()
  const first = await answeredCall(bot, COMMUNICATIONS)
  const alone = await bot.request('POST', `/simulator/people/${first.personId}/leave`)
  expect(alone).toMatchObject({ status: 200, body: { callId: lastId(first.call) } })

  await bot.waitFor(3)
  const bystander = await newBot()
  const second = await answeredCall(bystander, COMMUNICATIONS)
  const body = { callId: lastId(second.call) }
  expect(await bystander.request('POST', `/simulator/people/${second.personId}/leave`, body)).toMatchObject({
    status: 200,
    body,
  })
})

test('what somebody cannot do is 409 in the call that is named, and 404 where none is', async () => {
  const bot = await newBot()
  const { call, personId } = await answeredCall(bot, COMMUNICATIONS)
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

test('somebody joins a meeting to which nobody has called them', async () => {
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
    says: `identity: ${personId}`,
  })
})

test('nobody can join a peer-to-peer call, or one that never was', async () => {
  const bot = await newBot()
  const { call } = await answeredCall(bot, COMMUNICATIONS)
  const join = (callId: string) => bot.request('POST', `/simulator/calls/${callId}/participants`, { identity: user() })

  expectError(await join(lastId(call)), { status: 409, code: 'notAllowed', says: 'group call' })
  expectError(await join(randomUUID()), { status: 404, code: '8522' })
  expectError(await join('my-call'), { status: 400, code: 'invalidRequest', says: 'callId' })
})

const badPlacements: [title: string, body: unknown, says: string][] = [
  ['nobody to call', { from: user() }, 'to: is required.'],
  ['no caller', { to: { application: { id: randomUUID() } } }, 'from: is required.'],
  ['a bot without a GUID', { to: { application: { id: 'bot' } }, from: user() }, 'to.application.id: is not a GUID.'],
  [
    'a caller without an id',
    { to: { application: { id: randomUUID() } }, from: { user: {} } },
    'from.user.id: is required.',
  ],
]

test.each(badPlacements)('placing a call with %s is 400', async (_, body, says) => {
  const bot = await newBot()

  expectError(await bot.request('POST', '/simulator/calls', body), { status: 400, code: 'invalidRequest', says })
})

const refusals = [
  { action: 'decline', code: 603, subcode: 0 },
  { action: 'busy', code: 486, subcode: 0 },
] as const

test.each(dialects.flatMap((dialect) => refusals.map((refusal) => ({ ...dialect, of: dialect, ...refusal }))))(
  '$dialect: the bot calls somebody who makes it $action',
  async ({ of, action, code, subcode }) => {
    const bot = await newBot()
    const personId = randomUUID()
    await create(bot, of, callTo(bot, personId))
    await move(bot, personId, action)

    await bot.waitFor(1 + endOf(of).length)
    expect(bot.flow()).toEqual(['updated call establishing', ...endOf(of)])
    expect(notified(bot, 2).resourceData).toMatchObject(
      of.dialect === 'app' ? { terminationReason: 'CallTerminated' } : { resultInfo: { code, subcode } },
    )
  },
)

test.each(dialects)('$dialect: the bot calls somebody for one second, and nobody answers', async (dialect) => {
  const bot = await newBot()
  await create(bot, dialect, { ...callTo(bot), ringingTimeoutInSeconds: 1 })

  const received = await bot.waitFor(1 + endOf(dialect).length)
  expect(bot.flow()).toEqual(['updated call establishing', ...endOf(dialect)])
  expect((received[1]?.at ?? 0) - (received[0]?.at ?? 0)).toBeGreaterThan(500)
  expect(notified(bot, 2).resourceData).toMatchObject(
    dialect.dialect === 'app' ? { terminationReason: 'CallTerminated' } : { resultInfo: { code: 480, subcode: 10076 } },
  )
})

test.each(dialects)('$dialect: the bot hangs up while it still rings', async (dialect) => {
  const bot = await newBot()
  const call = await create(bot, dialect, callTo(bot))
  expect((await bot.request('DELETE', call)).status).toBe(204)

  await bot.waitFor(3)
  expect(bot.flow()).toEqual([
    'updated call establishing',
    ...(dialect.dialect === 'app' ? endOf(dialect) : ['updated call terminating', ...endOf(dialect)]),
  ])
})

test.each(dialects)('$dialect: somebody calls the bot, which does not answer in time', async (dialect) => {
  const bot = await newBot(dialect.dialect)
  const call = `${dialect.calls}/${await placeCall(bot)}`

  await bot.waitFor(1 + endOf(dialect).length)
  expect(bot.flow()).toEqual(['created call incoming', ...endOf(dialect)])
  expect(notified(bot, 2).resourceData).toMatchObject(
    dialect.dialect === 'app' ? { terminationReason: 'CallTerminated' } : { resultInfo: { code: 480, subcode: 10076 } },
  )
  expectError(await bot.request('POST', `${call}/answer`, ANSWER), { status: 404, code: '8522' })
})

test.each(dialects)('$dialect: of a group one declines and one answers', async (dialect) => {
  const bot = await newBot()
  const [declines = '', answers = ''] = newPeople(2)
  await create(bot, dialect, callToAll(bot, [declines, answers]))
  await move(bot, declines, 'decline')
  await move(bot, answers, 'answer')

  await bot.waitFor(3)
  expect(bot.flow()).toEqual(['updated call establishing', 'updated call established', 'updated participants 2'])
})

test.each(dialects)(
  '$dialect: a group call to which nobody comes ends without ever being established',
  async (dialect) => {
    const bot = await newBot()
    const people = newPeople(2)
    await create(bot, dialect, callToAll(bot, people))
    for (const personId of people) await move(bot, personId, 'decline')

    await bot.waitFor(1 + endOf(dialect).length)
    expect(bot.flow()).toEqual(['updated call establishing', ...endOf(dialect)])
    if (dialect.dialect === 'communications') {
      expect(notified(bot, 2).resourceData.resultInfo).toMatchObject({ code: 200, subcode: 5013 })
    }
  },
)

test.each(dialects)(
  '$dialect: of five who are invited, two decline; the operation completes with the last of them',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    const people = newPeople(5)
    const invited = await invite(bot, call, people)
    for (const [index, personId] of people.entries()) await move(bot, personId, index % 2 === 0 ? 'answer' : 'decline')

    await bot.waitFor(7)
    expect(bot.flow().slice(3)).toEqual([
      'updated participants 2',
      'updated participants 3',
      'deleted operations completed',
      'updated participants 4',
    ])
    expect(notified(bot, 6).resourceData).toMatchObject({ id: invited.body.id, resultInfo: { code: 200 } })
    expect(notified(bot, 6).resourceData.participants).toHaveLength(5)
  },
)

test.each(dialects)(
  '$dialect: when the last who is invited declines, the operation completes and the roster stays',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    const [answers = '', declines = ''] = newPeople(2)
    await invite(bot, call, [answers, declines])
    await move(bot, answers, 'answer')
    await move(bot, declines, 'decline')

    await bot.waitFor(5)
    expect(bot.flow().slice(3)).toEqual(['updated participants 2', 'deleted operations completed'])
    expect((await bot.request('GET', `${call}/participants`)).body.value).toHaveLength(2)
  },
)

test.each(dialects)(
  '$dialect: an invitation that everybody refuses fails with the last reason, and the roster stays',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    const { body: before } = await bot.request('GET', `${call}/participants`)
    const [declines = '', busy = ''] = newPeople(2)
    const invited = await invite(bot, call, [declines, busy], { clientContext: 'mine' })
    await move(bot, declines, 'decline')
    await move(bot, busy, 'busy')

    await bot.waitFor(4)
    expect(bot.flow().slice(3)).toEqual(['deleted operations failed'])
    const failed = {
      id: invited.body.id,
      clientContext: 'mine',
      status: 'failed',
      resultInfo: { code: 486, subcode: 0 },
    }
    expect(notified(bot, 4).resourceData).toMatchObject(failed)
    expect((await bot.request('GET', `${call}/operations/${invited.body.id}`)).body).toMatchObject(failed)
    expect((await bot.request('GET', `${call}/participants`)).body).toEqual(before)
  },
)

test('app: a peer-to-peer call stays one when the invited person declines', async () => {
  const [app] = dialects
  const bot = await newBot()
  const { call, personId } = await answeredCall(bot, app)
  const [declines = ''] = newPeople(1)
  await invite(bot, call, [declines])
  await move(bot, declines, 'decline')
  await bot.waitFor(3)
  expect((await bot.request('GET', `${call}/participants`)).body.value).toEqual([])
  await move(bot, personId, 'leave')

  await bot.waitFor(5)
  expect(bot.flow().slice(2)).toEqual(['deleted operations failed', ...endOf(app)])
})

test('an invitation rings as long as the call was told to, and then fails', async () => {
  const bot = await newBot()
  const chatInfo = { threadId: '19:thread@thread.v2', messageId: '0' }
  const { call } = await answeredCall(bot, COMMUNICATIONS, { chatInfo, ringingTimeoutInSeconds: 1 })
  await invite(bot, call, newPeople(1))

  await bot.waitFor(4)
  expect(bot.flow().slice(3)).toEqual(['deleted operations failed'])
  expect(notified(bot, 4).resourceData.resultInfo).toMatchObject({ code: 480, subcode: 10076 })
})

test.each(dialects)(
  '$dialect: an invitation that still rings when the bot hangs up fails before the call ends',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    const invited = await invite(bot, call, newPeople(1))
    await bot.request('DELETE', call)

    await bot.waitFor(6)
    expect(bot.flow().slice(3)).toEqual([
      'deleted operations failed',
      ...(dialect.dialect === 'app' ? endOf(dialect) : ['updated call terminating', ...endOf(dialect)]),
    ])
    expect(notified(bot, 4).resourceData).toMatchObject({
      id: invited.body.id,
      resultInfo: { code: 200, subcode: 7000 },
    })
  },
)

test.each(dialects)('$dialect: nobody can be invited before the call is established', async (dialect) => {
  const bot = await newBot()
  const call = await create(bot, dialect, callToAll(bot, newPeople(2)))

  expectError(await invite(bot, call, newPeople(1)), {
    status: 409,
    code: 'notAllowed',
    says: 'The call is establishing; invite needs a call that is established.',
  })
})

test.each(dialects)('$dialect: somebody whose invitation still rings cannot be invited again', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const [personId = ''] = newPeople(1)
  await invite(bot, call, [personId])

  expectError(await invite(bot, call, [personId.toUpperCase()]), {
    status: 409,
    code: 'notAllowed',
    says: 'participants[0].identity',
  })
})
