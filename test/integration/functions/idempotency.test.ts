import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { TestBot, TestReply } from '../../support/bot.js'
import {
  ANSWER,
  callTo,
  dialects,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  lastId,
  newBot,
  placeCall,
} from '../../support/bots.js'

// A client that got no reply sends its POST again, with the header Retry-Attempt and the same client-request-id.

/** Sends a request, and then again as a client does that has not heard the answer. */
async function twice(bot: TestBot, path: string, body: object): Promise<[first: TestReply, again: TestReply]> {
  const id = { 'client-request-id': randomUUID() }
  const first = await bot.request('POST', path, body, id)
  return [first, await bot.request('POST', path, body, { ...id, 'retry-attempt': '1' })]
}

test.each(dialects)('$dialect: a repeated request makes no second call', async ({ calls }) => {
  const bot = await newBot()
  const [first, again] = await twice(bot, calls, callTo(bot))

  expect([first.status, again.status]).toEqual([201, 201])
  expect(again.body.id).toBe(first.body.id)
  expect(again.headers.get('location')).toBe(first.headers.get('location'))
  await bot.request('DELETE', `${calls}/${first.body.id}`)
  await bot.waitFor(3)
  expect(new Set(bot.received.map(({ body }) => body.value[0].resource))).toHaveLength(1)
})

test.each(dialects)('$dialect: a repeated request answers no second time, and gets the same reply', async (dialect) => {
  const bot = await newBot({ registered: dialect.dialect })
  const path = `${dialect.calls}/${await placeCall(bot)}/answer`
  const [first, again] = await twice(bot, path, ANSWER)

  expect(first.status).toBe(dialect.dialect === 'app' ? 200 : 202)
  expect(again.status).toBe(first.status)
  expect(again.body?.id).toBe(first.body?.id)
  await bot.waitFor(2 + establishedWithAudio(dialect).length)
  expect(bot.flow()).toHaveLength(2 + establishedWithAudio(dialect).length)
})

test.each(dialects)('$dialect: a repeated request invites nobody twice', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const participants = [{ identity: { user: { id: randomUUID() } } }]
  const [first, again] = await twice(bot, `${call}/participants/invite`, { participants })

  expect(again.status).toBe(first.status)
  expect(again.body.id).toBe(first.body.id)
  expect(again.headers.get('location')).toBe(first.headers.get('location'))
  await bot.waitFor(5)
  expect(bot.flow().slice(3)).toEqual(['deleted operations completed', 'updated participants 2'])
})

test('somebody who has been moved meanwhile is no reason to refuse the request that comes again', async () => {
  const [, dialect] = dialects
  const bot = await newBot()
  const personId = randomUUID()
  const old = await establishCall(bot, dialect, personId)
  const now = lastId(await dialectMeeting(bot, dialect.calls))
  const participants = [{ identity: { user: { id: personId } }, replacesCallId: lastId(old) }]
  const id = { 'client-request-id': randomUUID() }
  const path = `${dialect.calls}/${now}/participants/invite`
  const first = await bot.request('POST', path, { participants }, id)
  await expect.poll(async () => (await bot.request('GET', old)).status, { timeout: 10_000 }).toBe(404)
  const again = await bot.request('POST', path, { participants }, { ...id, 'retry-attempt': '3' })

  expect(again).toMatchObject({ status: 200, body: { id: first.body.id, status: 'completed' } })
})

async function dialectMeeting(bot: TestBot, calls: string): Promise<string> {
  const meetingInfo = { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'token' }
  const reply = await bot.request('POST', calls, { callbackUri: bot.callbackUri, meetingInfo })
  await bot.waitFor(6)
  return `${calls}/${reply.body.id}`
}

test('without Retry-Attempt, the same client-request-id is another request', async () => {
  const [, { calls }] = dialects
  const bot = await newBot()
  const id = { 'client-request-id': 'always the same' }
  const first = await bot.request('POST', calls, callTo(bot), id)
  const second = await bot.request('POST', calls, callTo(bot), id)
  const again = await bot.request('POST', calls, callTo(bot), { ...id, 'retry-attempt': '1' })

  expect(second.body.id).not.toBe(first.body.id)
  expect(again.body.id).toBe(second.body.id)
})

test('a repeated request whose first has never arrived is carried out', async () => {
  const [, { calls }] = dialects
  const bot = await newBot()
  const reply = await bot.request('POST', calls, callTo(bot), {
    'client-request-id': randomUUID(),
    'retry-attempt': '1',
  })
  expect(reply.status).toBe(201)
  await bot.waitFor(1)
})

test('another application that sends the same client-request-id gets a call of its own', async () => {
  const [, { calls }] = dialects
  const id = { 'client-request-id': randomUUID() }
  const [one, other] = [await newBot(), await newBot()]
  const first = await one.request('POST', calls, callTo(one), id)
  const again = await other.request('POST', calls, callTo(other), { ...id, 'retry-attempt': '1' })

  expect(again.status).toBe(201)
  expect(again.body.id).not.toBe(first.body.id)
})

test('the request and its repetition may be on their way at the same time', async () => {
  const [, { calls }] = dialects
  const bot = await newBot()
  const id = { 'client-request-id': randomUUID() }
  const first = await bot.request('POST', calls, callTo(bot), id)
  const replies = await Promise.all(
    ['1', '2', '3'].map((attempt) => bot.request('POST', calls, callTo(bot), { ...id, 'retry-attempt': attempt })),
  )
  expect(replies.map(({ body }) => body.id)).toEqual(replies.map(() => first.body.id))
})

test.each(dialects)(
  '$dialect: a repeated request plays nothing twice, and gets the same operation',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishCall(bot, dialect)
    const prompts = [{ mediaInfo: { uri: 'https://bot.example/beep.wav' } }]
    const [first, again] = await twice(bot, `${call}/playPrompt`, { prompts })
    const [mute, muteAgain] = await twice(bot, `${call}/mute`, {})

    expect([first.body.id, mute.body.id]).toEqual([again.body.id, muteAgain.body.id])
    await bot.request('DELETE', call)
    const before = 1 + establishedWithAudio(dialect).length
    await bot.waitFor(before + 3)
    expect(bot.flow().filter((what) => what.includes('operations'))).toHaveLength(1)
  },
)

test.each(dialects)('$dialect: a repeated rejection is answered as the first', async ({ calls, dialect }) => {
  const bot = await newBot({ registered: dialect })
  const [first, again] = await twice(bot, `${calls}/${await placeCall(bot)}/reject`, {})

  expect([first.status, again.status]).toEqual([202, 202])
})
