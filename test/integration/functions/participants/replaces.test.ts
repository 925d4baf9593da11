import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { TestBot } from '../../../support/bot.js'
import {
  ANSWER,
  COMMUNICATIONS,
  callToAll,
  create,
  type Dialect,
  dialects,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  expectError,
  lastId,
  move,
  newBot,
  newPeople,
  notified,
  placeCall,
} from '../../../support/bots.js'

// An invitation with replacesCallId moves somebody out of one call into another.

const moving = (personId: string, replacesCallId: string) => ({
  participants: [{ identity: { user: { id: personId } }, replacesCallId }],
  clientContext: 'move',
})
const invite = (bot: TestBot, call: string, body: object) => bot.request('POST', `${call}/participants/invite`, body)

/** The notifications of one call, in order. */
const flowOf = (bot: TestBot, call: string): string[] =>
  bot.flow().filter((_, index) => notified(bot, index + 1).resource.split('/')[3] === lastId(call))

async function callAndMeeting(dialect: Dialect): Promise<{ bot: TestBot; personId: string; old: string; now: string }> {
  const bot = await newBot()
  const personId = randomUUID()
  const old = await establishCall(bot, dialect, personId)
  const now = await create(bot, dialect, { ...meetingOf(bot) })
  await bot.waitFor(4 + establishedWithAudio(dialect).length)
  return { bot, personId, old, now }
}

const meetingOf = (bot: TestBot) => ({
  callbackUri: bot.callbackUri,
  requestedModalities: [],
  meetingInfo: { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'token' },
})

test.each(dialects)(
  '$dialect: the invitation completes, the roster shows who came, and only then the old call ends',
  async (dialect) => {
    const { bot, personId, old, now } = await callAndMeeting(dialect)
    const before = bot.received.length
    const reply = await invite(bot, now, moving(personId, lastId(old)))
    expect(reply).toMatchObject({ status: dialect.dialect === 'app' ? 202 : 200, body: { status: 'running' } })

    const end = dialect.dialect === 'app' ? ['updated call terminated', 'deleted call'] : ['deleted call terminated']
    const expected = ['deleted operations completed', 'updated participants 2', ...end]
    await bot.waitFor(before + expected.length)
    expect(bot.flow().slice(before)).toEqual(expected)
    expect(flowOf(bot, old).slice(-end.length)).toEqual(end)
    expect(notified(bot, before + 1).resourceData).toMatchObject({ clientContext: 'move', status: 'completed' })
    // The invitation gave nothing but the id: the rest is known from the call they were in.
    expect(notified(bot, before + 2).resourceData[1]).toMatchObject({
      info: { identity: { user: { id: personId, displayName: 'Heidi Steen' } }, region: 'westus', languageId: 'en-US' },
    })
    expectError(await bot.request('GET', old), { status: 404, code: '8522' })
    expect((await bot.request('GET', `${now}/participants`)).body.value).toHaveLength(2)
  },
)

test('the end of the replaced call says that the bot has ended it, in each dialect in its own way', async () => {
  for (const dialect of dialects) {
    const { bot, personId, old, now } = await callAndMeeting(dialect)
    const before = bot.received.length
    await invite(bot, now, moving(personId, lastId(old)))
    await bot.waitFor(before + (dialect.dialect === 'app' ? 4 : 3))
    expect(notified(bot, before + 3).resourceData).toMatchObject(
      dialect.dialect === 'app'
        ? { state: 'terminated', terminationReason: 'AppInitiated' }
        : { state: 'terminated', resultInfo: { code: 200, subcode: 7015 } },
    )
  }
})

const spellings: [how: string, spell: (id: string) => string][] = [
  ['as a bare id', (id) => id],
  ['in upper case without dashes', (id) => id.replaceAll('-', '').toUpperCase()],
  ['as a path of 2019', (id) => `/app/calls/${id.replaceAll('-', '').toUpperCase()}`],
  ['as a path of today', (id) => `/communications/calls/${id}`],
]

test.each(spellings)('the replaced call may be named %s', async (_, spell) => {
  const { bot, personId, old, now } = await callAndMeeting(COMMUNICATIONS)
  const reply = await invite(bot, now, moving(personId, spell(lastId(old))))
  expect(reply.status).toBe(200)
  await expect.poll(async () => (await bot.request('GET', old)).status, { timeout: 10_000 }).toBe(404)
})

test('a caller whom the bot has answered is moved as well', async () => {
  const bot = await newBot({ registered: 'communications' })
  const personId = randomUUID()
  const old = `${COMMUNICATIONS.calls}/${await placeCall(bot, personId)}`
  await bot.request('POST', `${old}/answer`, ANSWER)
  await bot.waitFor(4)
  const now = await create(bot, COMMUNICATIONS, meetingOf(bot))
  await bot.waitFor(7)
  await invite(bot, now, moving(personId, lastId(old)))
  await bot.waitFor(10)
  expect(bot.flow().slice(7)).toEqual([
    'deleted operations completed',
    'updated participants 2',
    'deleted call terminated',
  ])
})

test('out of a group call somebody moves alone, and the others stay', async () => {
  const bot = await newBot()
  const [first = '', second = ''] = newPeople(2)
  const old = await create(bot, COMMUNICATIONS, callToAll(bot, [first, second]))
  await bot.waitFor(5)
  const now = await create(bot, COMMUNICATIONS, meetingOf(bot))
  await bot.waitFor(8)
  await invite(bot, now, moving(first, lastId(old)))

  await bot.waitFor(11)
  expect(bot.flow().slice(8)).toEqual([
    'deleted operations completed',
    'updated participants 2',
    'updated participants 2',
  ])
  expect((await bot.request('GET', old)).body.state).toBe('established')
})

test('only the replacesCallId of the first is read; the others are called', async () => {
  const { bot, personId, old, now } = await callAndMeeting(COMMUNICATIONS)
  const [other = ''] = newPeople(1)
  const before = bot.received.length
  const { participants } = moving(personId, lastId(old))
  const body = { participants: [...participants, { identity: { user: { id: other } }, replacesCallId: 'anything' }] }
  expect((await invite(bot, now, body)).status).toBe(200)

  await bot.waitFor(before + 4, 15_000)
  expect(bot.flow().slice(before).toSorted()).toEqual([
    'deleted call terminated',
    'deleted operations completed',
    'updated participants 2',
    'updated participants 3',
  ])
  expect(bot.flow().at(-1)).toBe('deleted call terminated')
})

const refused: [
  what: string,
  status: number,
  says: string,
  name: (at: { old: string; now: string }) => Promise<string>,
][] = [
  ['what is no id', 400, 'must be the id of a call', async () => 'my call'],
  ['a call that never was', 400, 'there is no call', async () => randomUUID()],
  ['the call itself', 400, 'is the call that the participant is invited into', async ({ now }) => lastId(now)],
  [
    'another application’s call',
    400,
    'there is no call',
    async () => lastId(await establishMeeting(await newBot(), COMMUNICATIONS)),
  ],
]

test.each(refused)('%s cannot be replaced, and nothing changes', async (_, status, says, name) => {
  const { bot, personId, old, now } = await callAndMeeting(COMMUNICATIONS)
  const before = bot.received.length
  const reply = await invite(bot, now, moving(personId, await name({ old, now })))

  expectError(reply, { status, code: 'invalidRequest', says: `participants[0].replacesCallId: ` })
  expect(reply.body.error.message).toContain(says)
  // Whatever were announced would come before the end.
  for (const call of [old, now]) {
    expect((await bot.request('DELETE', call)).status).toBe(204)
  }
  await bot.waitFor(before + 4)
  expect(bot.flow().slice(before).toSorted()).toEqual([
    'deleted call terminated',
    'deleted call terminated',
    'updated call terminating',
    'updated call terminating',
  ])
})

test('a call that has ended cannot be replaced', async () => {
  const { bot, personId, old, now } = await callAndMeeting(COMMUNICATIONS)
  await bot.request('DELETE', old)
  const reply = await invite(bot, now, moving(personId, lastId(old)))
  expectError(reply, { status: 400, code: 'invalidRequest', says: 'participants[0].replacesCallId: there is no call' })
  expect((await bot.request('GET', `${now}/participants`)).body.value).toHaveLength(1)
})

test('somebody who is not in the call cannot be moved out of it', async () => {
  const { bot, old, now } = await callAndMeeting(COMMUNICATIONS)
  const reply = await invite(bot, now, moving('nobody', lastId(old)))
  expectError(reply, { status: 409, code: 'notAllowed', says: 'nobody is not in the call that is to be replaced' })
})

test('a call that has not been answered cannot be replaced', async () => {
  const bot = await newBot({ registered: 'communications' })
  const personId = randomUUID()
  const old = await placeCall(bot, personId)
  const now = await establishMeeting(bot, COMMUNICATIONS)
  const reply = await invite(bot, now, moving(personId, old))
  expectError(reply, { status: 409, code: 'notAllowed', says: 'The call is incoming' })
})

test('who hangs up the old call while the new one still rings another is where they went', async () => {
  const { bot, personId, old, now } = await callAndMeeting(COMMUNICATIONS)
  const before = bot.received.length
  await invite(bot, now, moving(personId, lastId(old)))
  await bot.waitFor(before + 3)
  await move(bot, personId, 'leave')
  await bot.waitFor(before + 4)
  expect(bot.flow().at(-1)).toBe('updated participants 1')
})
