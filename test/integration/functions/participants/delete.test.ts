import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOwnService } from '../../../support/ownService.js'
import {
  actAsPerson,
  create,
  dialects,
  endOf,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  expectError,
  getNotification,
  groupCallBody,
  joinCall,
  newBot,
  newPersonIds,
} from '../../../support/scenarios.js'
import type { RunningService } from '../../../support/serviceProcess.js'
import { type TestBot, user } from '../../../support/testBot.js'

/** A service whose people ring until they are told to answer. */
let waiting: RunningService
beforeAll(async () => {
  waiting = await startOwnService({ SIMULATOR_DEFAULT: 'wait' })
})
afterAll(() => waiting.stop())

test.each(dialects)('$dialect: a participant who is removed leaves the roster', async (dialect) => {
  const bot = await newBot()
  const meeting = await establishMeeting(bot, dialect)
  const participantId = await joinCall(bot, meeting, dialect)
  const reply = await bot.request('DELETE', `${meeting}/participants/${participantId}`)
  expect([reply.status, reply.text]).toEqual([204, ''])
  await bot.waitFor(5)
  expect(bot.flow().slice(3)).toEqual(['updated participants 2', 'updated participants 1'])
  const again = await bot.request('DELETE', `${meeting}/participants/${participantId}`)
  expectError(again, { status: 404, code: 'itemNotFound', says: 'Participant not found.' })
})

test.each(dialects)('$dialect: a group call ends when its last participant is removed', async (dialect) => {
  const bot = await newBot({ baseUrl: waiting.baseUrl })
  const [answers = '', declines = ''] = newPersonIds(2)
  const call = await create(bot, dialect, groupCallBody(bot, [answers, declines]))
  await actAsPerson(bot, answers, 'answer')
  await actAsPerson(bot, declines, 'decline')
  const established = 2 + establishedWithAudio(dialect).length
  await bot.waitFor(established)
  const participantId = await idInRoster(bot, call, answers)
  expect((await bot.request('DELETE', `${call}/participants/${participantId}`)).status).toBe(204)
  const ended = endOf(dialect)
  await bot.waitFor(established + 1 + ended.length)
  expect(bot.flow().slice(established)).toEqual(['updated participants 1', ...ended])
})

test.each(dialects)('$dialect: the pending invitation of a participant is canceled', async (dialect) => {
  const bot = await newBot({ baseUrl: waiting.baseUrl })
  const meeting = await establishMeeting(bot, dialect)
  const participantId = randomUUID()
  const personId = randomUUID()
  const participants = [{ identity: user(personId), participantId }]
  const invited = await bot.request('POST', `${meeting}/participants/invite`, { participants })
  const path = `${meeting}/participants/${dialect.spell(participantId)}`
  expect((await bot.request('DELETE', path)).status).toBe(204)
  await bot.waitFor(4)
  expect(getNotification(bot, 4)).toMatchObject({
    changeType: 'deleted',
    resourceData: { id: invited.body.id, status: 'failed', resultInfo: { code: 487, subcode: 0 } },
  })
  expectError(await bot.request('DELETE', path), { status: 404, code: 'itemNotFound' })
  const answer = await bot.request('POST', `/simulator/people/${personId}/answer`)
  expect(answer.status).toBe(404)
})

test.each(dialects)('$dialect: an invitation into a peer-to-peer call can be canceled', async (dialect) => {
  const bot = await newBot({ baseUrl: waiting.baseUrl })
  const [caller = '', invitee = ''] = newPersonIds(2)
  const call = await create(bot, dialect, { ...groupCallBody(bot, [caller]) })
  await actAsPerson(bot, caller, 'answer')
  const established = 1 + establishedWithAudio(dialect).length
  await bot.waitFor(established)
  const participantId = randomUUID()
  const participants = [{ identity: user(invitee), participantId }]
  await bot.request('POST', `${call}/participants/invite`, { participants })
  expect((await bot.request('DELETE', `${call}/participants/${participantId}`)).status).toBe(204)
  await bot.waitFor(established + 1)
  expect(bot.flow().at(-1)).toBe('deleted operations failed')
})

test.each(dialects)('$dialect: a refused removal changes nothing', async (dialect) => {
  const bot = await newBot()
  const meeting = await establishMeeting(bot, dialect)
  const remove = (call: string, id: string) => bot.request('DELETE', `${call}/participants/${id}`)
  const { myParticipantId } = (await bot.request('GET', meeting)).body
  expectError(await remove(meeting, myParticipantId), {
    status: 400,
    code: 'invalidRequest',
    says: 'participantId: is that of the bot itself',
  })
  expectError(await remove(meeting, randomUUID()), { status: 404, code: 'itemNotFound', says: 'Participant' })
  expectError(await remove(meeting, 'x'), { status: 400, code: 'invalidRequest', says: 'participantId: "x"' })
  expectError(await remove(`${dialect.calls}/${randomUUID()}`, randomUUID()), { status: 404, code: '8522' })

  const inPair = await newBot()
  const peer = await establishCall(inPair, dialect)
  expectError(await inPair.request('DELETE', `${peer}/participants/${randomUUID()}`), {
    status: 409,
    code: 'notAllowed',
    says: 'needs a group call',
  })
  expect((await bot.request('GET', `${meeting}/participants`)).body.value).toHaveLength(1)
})

test.each(dialects)('$dialect: a participant cannot be removed before the call is established', async (dialect) => {
  const bot = await newBot({ baseUrl: waiting.baseUrl })
  const call = await create(bot, dialect, groupCallBody(bot, newPersonIds(2)))
  expectError(await bot.request('DELETE', `${call}/participants/${randomUUID()}`), {
    status: 409,
    code: 'notAllowed',
    says: 'The call is establishing',
  })
})

test('removing a participant needs a permission to join group calls', async () => {
  const dialect = dialects[1]
  const owner = await newBot({ roles: 'Calls.JoinGroupCall.All Simulator.Control' })
  const meeting = await establishMeeting(owner, dialect)
  const id = await joinCall(owner, meeting, dialect)
  expect((await owner.request('DELETE', `${meeting}/participants/${id}`)).status).toBe(204)
  const other = await newBot({ roles: 'Calls.InitiateGroupCall.All' })
  const reply = await other.request('DELETE', `${meeting}/participants/${id}`)
  expectError(reply, { status: 403, code: '7504', says: 'Calls.JoinGroupCallAsGuest.All or Calls.JoinGroupCall.All' })
})

async function idInRoster(bot: TestBot, call: string, personId: string): Promise<string> {
  const { value } = (await bot.request('GET', `${call}/participants`)).body
  return value.find((entry: RosterEntry) => entry.info.identity.user?.id === personId).id
}

interface RosterEntry {
  readonly info: { readonly identity: { readonly user?: { readonly id: string } } }
}
