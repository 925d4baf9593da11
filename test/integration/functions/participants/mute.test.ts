import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  type Dialect,
  dialects,
  establishCall,
  establishMeeting,
  expectError,
  getNotification,
  joinCall,
  lastId,
  newBot,
} from '../../../support/scenarios.js'
import type { TestBot } from '../../../support/testBot.js'

/** A meeting with two people. */
async function establishMeetingOfThree(dialect: Dialect) {
  const bot = await newBot()
  const meeting = await establishMeeting(bot, dialect)
  const ids = [await joinCall(bot, meeting, dialect), await joinCall(bot, meeting, dialect)] as const
  const own: string = (await bot.request('GET', meeting)).body.myParticipantId
  return { bot, meeting, ids, own }
}

interface Entry {
  readonly '@odata.id': string
  readonly isMuted?: boolean
}
const mutedIn = (bot: TestBot, number: number): string[] =>
  getNotification(bot, number)
    .resourceData.filter(({ isMuted }: Entry) => isMuted)
    .map((entry: Entry) => lastId(entry['@odata.id']))

test.each(dialects)('$dialect: the bot mutes a participant and itself, each with one roster', async (dialect) => {
  const { bot, meeting, ids, own } = await establishMeetingOfThree(dialect)
  const replies = []
  for (const id of [ids[0], ids[0], own]) {
    replies.push(await bot.request('POST', `${meeting}/participants/${id}/mute`, { clientContext: 'mine' }))
  }
  const type = dialect.dialect === 'app' ? 'commsOperation' : 'muteParticipantOperation'
  for (const { status, headers, body } of replies) {
    expect([status, lastId(headers.get('location') ?? '')]).toEqual([200, body.id])
    const operation = { '@odata.type': `#microsoft.graph.${type}`, status: 'completed', clientContext: 'mine' }
    expect(body).toMatchObject(operation)
    expect(body.id).toMatch(dialect.id)
    expect('createdDateTime' in body).toBe(dialect.dialect === 'app')
  }
  await bot.waitFor(7)
  expect(bot.flow().slice(5)).toEqual(['updated participants 3', 'updated participants 3'])
  expect(mutedIn(bot, 6)).toEqual([ids[0]])
  expect(mutedIn(bot, 7).toSorted()).toEqual([ids[0], own].toSorted())
})

test.each(dialects)('$dialect: only a participant of the call can be muted', async (dialect) => {
  const bot = await newBot()
  const meeting = await establishMeeting(bot, dialect)
  expectError(await bot.request('POST', `${meeting}/participants/${randomUUID()}/mute`), {
    status: 404,
    code: 'itemNotFound',
    says: 'Participant not found.',
  })
})

test.each(dialects.flatMap((dialect) => ['muteAll', 'mute'].map((action) => ({ ...dialect, of: dialect, action }))))(
  '$dialect: participants/$action mutes all but the bot, with one roster',
  async ({ of, action }) => {
    const { bot, meeting, ids, own } = await establishMeetingOfThree(of)
    const post = (body?: object) => bot.request('POST', `${meeting}/participants/${action}`, body)
    const reply = await post({ clientContext: 'mine' })
    expect(reply).toMatchObject({
      status: 200,
      body: {
        '@odata.type': '#microsoft.graph.commsOperation',
        id: expect.stringMatching(of.id),
        status: 'completed',
        clientContext: 'mine',
      },
    })
    expect(lastId(reply.headers.get('location') ?? '')).toBe(reply.body.id)
    // The example on the page of Graph has one empty id. No participant is left to mute, so there is no roster.
    expect((await post({ participants: [''] })).status).toBe(200)
    expect((await post()).status).toBe(200)
    expect((await post({ participants: [own, ids[1]] })).status).toBe(200)
    await bot.waitFor(7)
    expect(bot.flow().slice(5)).toEqual(['updated participants 3', 'updated participants 3'])
    expect(mutedIn(bot, 6).toSorted()).toEqual([...ids].toSorted())
    expect(mutedIn(bot, 7)).toHaveLength(3)
  },
)

test.each(dialects)('$dialect: muteAll mutes only the participants that it names', async (dialect) => {
  const { bot, meeting, ids } = await establishMeetingOfThree(dialect)
  await bot.request('POST', `${meeting}/participants/muteAll`, { participants: [ids[1].toUpperCase(), ids[1]] })
  await bot.waitFor(6)
  expect(mutedIn(bot, 6)).toEqual([ids[1]])
})

test.each([
  [{ participants: [randomUUID()] }, 'participants[0]: '],
  [{ participants: ['x'] }, 'participants[0]: is not a GUID.'],
  [{ participants: [7] }, 'participants[0]: is not a GUID.'],
  [{ participants: 'all' }, 'participants: must be a JSON array.'],
  [{ clientContext: 'x'.repeat(257) }, 'clientContext: must have at most 256 characters.'],
])('muteAll with the body %j is a 400 that names the property', async (body, says) => {
  const bot = await newBot()
  const meeting = await establishMeeting(bot, dialects[1])
  const reply = await bot.request('POST', `${meeting}/participants/muteAll`, body)
  expectError(reply, { status: 400, code: 'invalidRequest', says })
})

test('a peer-to-peer call has no roster to report', async () => {
  const bot = await newBot()
  const call = await establishCall(bot, dialects[1])
  expect((await bot.request('POST', `${call}/participants/muteAll`)).status).toBe(200)
  await bot.request('DELETE', call)
  await bot.waitFor(5)
  expect(bot.flow().join()).not.toContain('participants')
})
