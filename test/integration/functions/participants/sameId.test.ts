import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  actAsPerson,
  callBody,
  create,
  type Dialect,
  dialects,
  establishedWithAudio,
  establishMeeting,
  expectError,
  newBot,
} from '../../../support/scenarios.js'
import type { TestBot } from '../../../support/testBot.js'

// An identity is a kind and an id, regardless of upper and lower case. One id under two kinds is two participants.

type Kind = 'user' | 'phone' | 'guest' | 'applicationInstance'
const identity = (kind: Kind, id: string) => ({ identity: { [kind]: { id } } })
const invite = (bot: TestBot, call: string, ...participants: object[]) =>
  bot.request('POST', `${call}/participants/invite`, { participants })
const accepted = ({ dialect }: Dialect): number => (dialect === 'app' ? 202 : 200)

async function rosterOf(bot: TestBot, call: string): Promise<string[]> {
  const entries: { info: { identity: object } }[] = (await bot.request('GET', `${call}/participants`)).body.value
  return entries.map(({ info }) => Object.keys(info.identity).at(-1) ?? '').toSorted()
}

test.each(dialects)('$dialect: a phone and a user with one id are invited at once, and both join', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const id = `+${randomUUID()}`
  expect((await invite(bot, call, identity('phone', id), identity('user', id))).status).toBe(accepted(dialect))

  await bot.waitFor(6)
  expect(bot.flow().slice(3)).toEqual([
    'updated participants 2',
    'deleted operations completed',
    'updated participants 3',
  ])
  expect(await rosterOf(bot, call)).toEqual(['application', 'phone', 'user'])
})

test.each(dialects)('$dialect: a user and a phone with two spellings of one id are called at once', async (dialect) => {
  const bot = await newBot()
  const id = randomUUID()
  const targets = [identity('user', id.toUpperCase()), identity('phone', id)]
  const source = identity('applicationInstance', randomUUID())
  const call = await create(bot, dialect, { ...callBody(bot), source, targets })

  await bot.waitFor(3 + establishedWithAudio(dialect).length)
  expect(await rosterOf(bot, call)).toEqual(['applicationInstance', 'phone', 'user'])
})

test.each(dialects)('$dialect: users whose ids differ only in lone surrogates are called', async (dialect) => {
  const bot = await newBot()
  const id = randomUUID()
  const targets = [identity('user', `${id}\ud800`), identity('user', `${id}\ud801`)]
  const call = await create(bot, dialect, { ...callBody(bot), targets })

  await bot.waitFor(3 + establishedWithAudio(dialect).length)
  expect(await rosterOf(bot, call)).toEqual(['application', 'user', 'user'])
})

test.each(dialects)('$dialect: a guest calls a user with the same id', async (dialect) => {
  const bot = await newBot()
  const id = randomUUID()
  const body = { ...callBody(bot), source: identity('guest', id), targets: [identity('user', id.toUpperCase())] }
  const created = await bot.request('POST', dialect.calls, body)

  expect(created.status).toBe(201)
  await bot.waitFor(1 + establishedWithAudio(dialect).length)
  expect(bot.flow().at(1)).toBe('updated call established')
})

test.each(dialects)('$dialect: a user is invited although a phone with the same id is in the call', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const id = randomUUID()
  await invite(bot, call, identity('phone', id))
  await bot.waitFor(5)
  expect((await invite(bot, call, identity('user', id.toUpperCase()))).status).toBe(accepted(dialect))

  await bot.waitFor(7)
  expect(await rosterOf(bot, call)).toEqual(['application', 'phone', 'user'])
})

test.each(dialects)(
  '$dialect: the same kind with another spelling of the id is in the call already',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishMeeting(bot, dialect)
    const id = randomUUID()
    await invite(bot, call, identity('phone', id))
    await bot.waitFor(5)

    expectError(await invite(bot, call, identity('phone', id.toUpperCase())), {
      status: 409,
      code: 'notAllowed',
      says: `participants[0].identity: the phone ${id.toUpperCase()} is in the call`,
    })
    expect(await rosterOf(bot, call)).toEqual(['application', 'phone'])
  },
)

test.each(dialects)('$dialect: two participants with one id leave one after the other', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const id = randomUUID()
  await invite(bot, call, identity('guest', id), identity('applicationInstance', id))
  await bot.waitFor(6)

  await actAsPerson(bot, id, 'leave')
  await actAsPerson(bot, id.toUpperCase(), 'leave')
  await bot.waitFor(8)
  expect(bot.flow().slice(6)).toEqual(['updated participants 2', 'updated participants 1'])
})

test.each(dialects)('$dialect: of two participants with one id, the invited kind is replaced', async (dialect) => {
  const bot = await newBot()
  const old = await establishMeeting(bot, dialect)
  const id = randomUUID()
  await invite(bot, old, identity('phone', id), identity('user', id))
  await bot.waitFor(6)
  const next = await create(bot, dialect, {
    callbackUri: bot.callbackUri,
    requestedModalities: [],
    meetingInfo: { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'token' },
  })
  await bot.waitFor(9)
  const replacesCallId = old.split('/').at(-1)
  const moved = await invite(bot, next, { ...identity('user', id.toUpperCase()), replacesCallId })

  expect(moved.status).toBe(accepted(dialect))
  await bot.waitFor(12)
  expect(await rosterOf(bot, next)).toEqual(['application', 'user'])
  expect(await rosterOf(bot, old)).toEqual(['application', 'phone'])
})
