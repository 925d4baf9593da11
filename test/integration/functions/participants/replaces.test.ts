import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  ANSWER,
  actAsPerson,
  COMMUNICATIONS,
  create,
  type Dialect,
  dialects,
  endOf,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  expectError,
  flowOf,
  getNotification,
  groupCallBody,
  lastId,
  newBot,
  newPersonIds,
  placeCall,
} from '../../../support/scenarios.js'
import type { TestBot } from '../../../support/testBot.js'

// An invitation with replacesCallId is a replacement: a participant leaves one call for another.

const replacementOf = (personId: string, replacesCallId: string) => ({
  participants: [{ identity: { user: { id: personId } }, replacesCallId }],
  clientContext: 'replace',
})
const invite = (bot: TestBot, call: string, body: object) => bot.request('POST', `${call}/participants/invite`, body)

/** An entry of a roster. */
interface Entry {
  readonly id: string
  readonly info: { readonly identity: { readonly user?: { readonly id: string } } }
}

interface CallAndMeeting {
  readonly bot: TestBot
  readonly personId: string
  readonly oldCall: string
  readonly newCall: string
}

/** Starts a call with a person, and joins a meeting that the person can be invited into. */
async function startCallAndMeeting(dialect: Dialect): Promise<CallAndMeeting> {
  const bot = await newBot()
  const personId = randomUUID()
  const oldCall = await establishCall(bot, dialect, personId)
  const newCall = await create(bot, dialect, { ...meetingOf(bot) })
  await bot.waitFor(4 + establishedWithAudio(dialect).length)
  return { bot, personId, oldCall, newCall }
}

const meetingOf = (bot: TestBot) => ({
  callbackUri: bot.callbackUri,
  requestedModalities: [],
  meetingInfo: { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'token' },
})

test.each(dialects)(
  '$dialect: a replacement completes, the roster shows the participant, and only then the old call ends',
  async (dialect) => {
    const { bot, personId, oldCall, newCall } = await startCallAndMeeting(dialect)
    const before = bot.received.length
    const reply = await invite(bot, newCall, replacementOf(personId, lastId(oldCall)))
    expect(reply).toMatchObject({ status: dialect.dialect === 'app' ? 202 : 200, body: { status: 'running' } })

    const end = endOf(dialect)
    const expected = ['deleted operations completed', 'updated participants 2', ...end]
    await bot.waitFor(before + expected.length)
    expect(bot.flow().slice(before)).toEqual(expected)
    expect(flowOf(bot, oldCall).slice(-end.length)).toEqual(end)
    expect(getNotification(bot, before + 1).resourceData).toMatchObject({
      clientContext: 'replace',
      status: 'completed',
    })
    // The invitation contained only the id; the rest comes from the old call.
    expect(getNotification(bot, before + 2).resourceData[dialect.dialect === 'app' ? 0 : 1]).toMatchObject({
      info: { identity: { user: { id: personId, displayName: 'Heidi Steen' } }, region: 'westus', languageId: 'en-US' },
    })
    expectError(await bot.request('GET', oldCall), { status: 404, code: '8522' })
    expect((await bot.request('GET', `${newCall}/participants`)).body.value).toHaveLength(2)
  },
)

test('each dialect reports that the bot ended the replaced call', async () => {
  for (const dialect of dialects) {
    const { bot, personId, oldCall, newCall } = await startCallAndMeeting(dialect)
    const before = bot.received.length
    await invite(bot, newCall, replacementOf(personId, lastId(oldCall)))
    await bot.waitFor(before + (dialect.dialect === 'app' ? 4 : 3))
    expect(getNotification(bot, before + 3).resourceData).toMatchObject(
      dialect.dialect === 'app'
        ? { state: 'terminated', terminationReason: 'AppInitiated' }
        : { state: 'terminated', resultInfo: { code: 200, subcode: 7015 } },
    )
  }
})

const spellings: [how: string, spell: (id: string) => string][] = [
  ['as a bare id', (id) => id],
  ['in upper case without dashes', (id) => id.replaceAll('-', '').toUpperCase()],
  ['as a path of the 2019 API', (id) => `/app/calls/${id.replaceAll('-', '').toUpperCase()}`],
  ['as a path of the current API', (id) => `/communications/calls/${id}`],
]

test.each(spellings)('an invitation names the replaced call %s', async (_, spell) => {
  const { bot, personId, oldCall, newCall } = await startCallAndMeeting(COMMUNICATIONS)
  const reply = await invite(bot, newCall, replacementOf(personId, spell(lastId(oldCall))))
  expect(reply.status).toBe(200)
  await expect.poll(async () => (await bot.request('GET', oldCall)).status).toBe(404)
})

test('an invitation replaces a caller that the bot has answered', async () => {
  const bot = await newBot({ registered: 'communications' })
  const personId = randomUUID()
  const oldCall = `${COMMUNICATIONS.calls}/${await placeCall(bot, personId)}`
  await bot.request('POST', `${oldCall}/answer`, ANSWER)
  await bot.waitFor(4)
  const newCall = await create(bot, COMMUNICATIONS, meetingOf(bot))
  await bot.waitFor(7)
  await invite(bot, newCall, replacementOf(personId, lastId(oldCall)))
  await bot.waitFor(10)
  expect(bot.flow().slice(7)).toEqual([
    'deleted operations completed',
    'updated participants 2',
    'deleted call terminated',
  ])
})

test.each(dialects)(
  '$dialect: an invitation may also name the replaced participant by participantId',
  async (dialect) => {
    const bot = await newBot()
    const people = newPersonIds(2)
    const oldCall = await create(bot, dialect, groupCallBody(bot, people))
    await bot.waitFor(3 + establishedWithAudio(dialect).length)
    const roster: Entry[] = (await bot.request('GET', `${oldCall}/participants`)).body.value
    const [ann, bob] = people.map((personId) => roster.find(({ info }) => info.identity.user?.id === personId)?.id)
    const newCall = await create(bot, dialect, meetingOf(bot))
    await bot.waitFor(6 + establishedWithAudio(dialect).length)
    const before = bot.received.length
    const [participant] = replacementOf(people[0] ?? '', lastId(oldCall)).participants
    const inviteAs = (participantId: string | undefined) =>
      invite(bot, newCall, { participants: [{ ...participant, participantId }] })

    for (const other of [bob, randomUUID()]) {
      expectError(await inviteAs(other), { status: 400, code: 'invalidRequest', says: 'participants[0].participantId' })
    }
    expect((await inviteAs(ann)).status).toBeLessThan(300)
    await bot.waitFor(before + 3)
    expect(bot.flow().slice(before)).toEqual([
      'deleted operations completed',
      'updated participants 2',
      'updated participants 2',
    ])
  },
)

test('a replaced participant of a group call leaves alone, and the others stay', async () => {
  const bot = await newBot()
  const [first = '', second = ''] = newPersonIds(2)
  const oldCall = await create(bot, COMMUNICATIONS, groupCallBody(bot, [first, second]))
  await bot.waitFor(5)
  const newCall = await create(bot, COMMUNICATIONS, meetingOf(bot))
  await bot.waitFor(8)
  await invite(bot, newCall, replacementOf(first, lastId(oldCall)))

  await bot.waitFor(11)
  expect(bot.flow().slice(8)).toEqual([
    'deleted operations completed',
    'updated participants 2',
    'updated participants 2',
  ])
  expect((await bot.request('GET', oldCall)).body.state).toBe('established')
})

test('an invitation replaces only its first participant and calls the others', async () => {
  const { bot, personId, oldCall, newCall } = await startCallAndMeeting(COMMUNICATIONS)
  const [other = ''] = newPersonIds(1)
  const before = bot.received.length
  const { participants } = replacementOf(personId, lastId(oldCall))
  const body = { participants: [...participants, { identity: { user: { id: other } }, replacesCallId: 'anything' }] }
  expect((await invite(bot, newCall, body)).status).toBe(200)

  await bot.waitFor(before + 4, 30_000)
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
  name: (at: { oldCall: string; newCall: string }) => Promise<string>,
][] = [
  ['a call whose id is not a GUID', 400, 'must be the id of a call', async () => 'my call'],
  ['a call that never existed', 400, 'there is no call', async () => randomUUID()],
  ['the call of the invitation itself', 400, 'is the call of this request', async ({ newCall }) => lastId(newCall)],
  [
    'a call of another application',
    400,
    'there is no call',
    async () => lastId(await establishMeeting(await newBot(), COMMUNICATIONS)),
  ],
]

test.each(refused)('%s cannot be replaced, and the attempt changes nothing', async (_, status, says, name) => {
  const { bot, personId, oldCall, newCall } = await startCallAndMeeting(COMMUNICATIONS)
  const before = bot.received.length
  const reply = await invite(bot, newCall, replacementOf(personId, await name({ oldCall, newCall })))

  expectError(reply, { status, code: 'invalidRequest', says: `participants[0].replacesCallId: ` })
  expect(reply.body.error.message).toContain(says)
  // A notification of a change would come before the notifications of the end.
  for (const call of [oldCall, newCall]) {
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
  const { bot, personId, oldCall, newCall } = await startCallAndMeeting(COMMUNICATIONS)
  await bot.request('DELETE', oldCall)
  const reply = await invite(bot, newCall, replacementOf(personId, lastId(oldCall)))
  expectError(reply, { status: 400, code: 'invalidRequest', says: 'participants[0].replacesCallId: there is no call' })
  expect((await bot.request('GET', `${newCall}/participants`)).body.value).toHaveLength(1)
})

test('a person who is not in the old call cannot be replaced', async () => {
  const { bot, oldCall, newCall } = await startCallAndMeeting(COMMUNICATIONS)
  const reply = await invite(bot, newCall, replacementOf('stranger', lastId(oldCall)))
  expectError(reply, { status: 409, code: 'notAllowed', says: 'stranger is not in the call to be replaced' })
})

test('a call that has not been answered cannot be replaced', async () => {
  const bot = await newBot({ registered: 'communications' })
  const personId = randomUUID()
  const oldCall = await placeCall(bot, personId)
  const newCall = await establishMeeting(bot, COMMUNICATIONS)
  const reply = await invite(bot, newCall, replacementOf(personId, oldCall))
  expectError(reply, { status: 409, code: 'notAllowed', says: 'The call is incoming' })
})

test('a replaced participant who leaves is removed from the roster of the new call', async () => {
  const { bot, personId, oldCall, newCall } = await startCallAndMeeting(COMMUNICATIONS)
  const before = bot.received.length
  await invite(bot, newCall, replacementOf(personId, lastId(oldCall)))
  await bot.waitFor(before + 3)
  await actAsPerson(bot, personId, 'leave')
  await bot.waitFor(before + 4)
  expect(bot.flow().at(-1)).toBe('updated participants 1')
})
