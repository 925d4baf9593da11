import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  ANSWER,
  callBody,
  dialects,
  establishCall,
  establishedWithAudio,
  establishMeeting,
  lastId,
  newBot,
  placeCall,
} from '../../support/scenarios.js'
import type { TestBot, TestReply } from '../../support/testBot.js'

// A client that got no reply repeats its POST with the header Retry-Attempt and the same client-request-id.

/** Sends a request, and repeats it as a client does that got no reply. */
async function sendTwice(bot: TestBot, path: string, body: object): Promise<[first: TestReply, again: TestReply]> {
  const id = { 'client-request-id': randomUUID() }
  const first = await bot.request('POST', path, body, id)
  return [first, await bot.request('POST', path, body, { ...id, 'retry-attempt': '1' })]
}

test.each(dialects)('$dialect: a repeated request creates no second call', async ({ calls }) => {
  const bot = await newBot()
  const [first, again] = await sendTwice(bot, calls, callBody(bot))

  expect([first.status, again.status]).toEqual([201, 201])
  expect(again.body.id).toBe(first.body.id)
  expect(again.headers.get('location')).toBe(first.headers.get('location'))
  await bot.request('DELETE', `${calls}/${first.body.id}`)
  await bot.waitFor(3)
  expect(new Set(bot.received.map(({ body }) => body.value[0].resource))).toHaveLength(1)
})

test('a repeated request of the simulator makes no second call', async () => {
  const bot = await newBot({ registered: 'communications' })
  const to = { application: { id: bot.applicationId } }
  const [first, again] = await sendTwice(bot, '/simulator/calls', { to, from: { user: { id: randomUUID() } } })

  expect([first.status, again.status]).toEqual([201, 201])
  expect(again.body.id).toBe(first.body.id)
})

test.each(dialects)('$dialect: a repeated answer changes nothing and gets the same reply', async (dialect) => {
  const bot = await newBot({ registered: dialect.dialect })
  const path = `${dialect.calls}/${await placeCall(bot)}/answer`
  const [first, again] = await sendTwice(bot, path, ANSWER)

  expect(first.status).toBe(dialect.dialect === 'app' ? 200 : 202)
  expect(again.status).toBe(first.status)
  expect(again.body?.id).toBe(first.body?.id)
  await bot.waitFor(2 + establishedWithAudio(dialect).length)
  expect(bot.flow()).toHaveLength(2 + establishedWithAudio(dialect).length)
})

test.each(dialects)('$dialect: a repeated invitation invites no person again', async (dialect) => {
  const bot = await newBot()
  const call = await establishMeeting(bot, dialect)
  const participants = [{ identity: { user: { id: randomUUID() } } }]
  const [first, again] = await sendTwice(bot, `${call}/participants/invite`, { participants })

  expect(again.status).toBe(first.status)
  expect(again.body.id).toBe(first.body.id)
  expect(again.headers.get('location')).toBe(first.headers.get('location'))
  await bot.waitFor(5)
  expect(bot.flow().slice(3)).toEqual(['deleted operations completed', 'updated participants 2'])
})

test('a repeated invitation succeeds although its participant has been replaced in the meantime', async () => {
  const [, dialect] = dialects
  const bot = await newBot()
  const personId = randomUUID()
  const oldCall = await establishCall(bot, dialect, personId)
  const newCall = lastId(await joinMeetingByToken(bot, dialect.calls))
  const participants = [{ identity: { user: { id: personId } }, replacesCallId: lastId(oldCall) }]
  const id = { 'client-request-id': randomUUID() }
  const path = `${dialect.calls}/${newCall}/participants/invite`
  const first = await bot.request('POST', path, { participants }, id)
  await expect.poll(async () => (await bot.request('GET', oldCall)).status).toBe(404)
  const again = await bot.request('POST', path, { participants }, { ...id, 'retry-attempt': '3' })

  expect(again).toMatchObject({ status: 200, body: { id: first.body.id, status: 'completed' } })
})

async function joinMeetingByToken(bot: TestBot, calls: string): Promise<string> {
  const meetingInfo = { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'token' }
  const reply = await bot.request('POST', calls, { callbackUri: bot.callbackUri, meetingInfo })
  await bot.waitFor(6)
  return `${calls}/${reply.body.id}`
}

test('without Retry-Attempt, the same client-request-id is another request', async () => {
  const [, { calls }] = dialects
  const bot = await newBot()
  const id = { 'client-request-id': 'always the same' }
  const first = await bot.request('POST', calls, callBody(bot), id)
  const second = await bot.request('POST', calls, callBody(bot), id)
  const again = await bot.request('POST', calls, callBody(bot), { ...id, 'retry-attempt': '1' })

  expect(second.body.id).not.toBe(first.body.id)
  expect(again.body.id).toBe(second.body.id)
})

test('a client-request-id over 256 characters is not stored, and identifies no request', async () => {
  const [, { calls }] = dialects
  const bot = await newBot()
  const id = { 'client-request-id': 'x'.repeat(257), 'retry-attempt': '1' }
  const first = await bot.request('POST', calls, callBody(bot), id)
  const second = await bot.request('POST', calls, callBody(bot), id)
  expect(second.body.id).not.toBe(first.body.id)
})

test('a repeated request is carried out when the first one never arrived', async () => {
  const [, { calls }] = dialects
  const bot = await newBot()
  const reply = await bot.request('POST', calls, callBody(bot), {
    'client-request-id': randomUUID(),
    'retry-attempt': '1',
  })
  expect(reply.status).toBe(201)
  await bot.waitFor(1)
})

test('another application that sends the same client-request-id gets its own call', async () => {
  const [, { calls }] = dialects
  const id = { 'client-request-id': randomUUID() }
  const [bot, other] = [await newBot(), await newBot()]
  const first = await bot.request('POST', calls, callBody(bot), id)
  const again = await other.request('POST', calls, callBody(other), { ...id, 'retry-attempt': '1' })

  expect(again.status).toBe(201)
  expect(again.body.id).not.toBe(first.body.id)
})

test('repetitions of a request that arrive at the same time get the same call', async () => {
  const [, { calls }] = dialects
  const bot = await newBot()
  const id = { 'client-request-id': randomUUID() }
  const first = await bot.request('POST', calls, callBody(bot), id)
  const replies = await Promise.all(
    ['1', '2', '3'].map((attempt) => bot.request('POST', calls, callBody(bot), { ...id, 'retry-attempt': attempt })),
  )
  expect(replies.map(({ body }) => body.id)).toEqual(replies.map(() => first.body.id))
})

test.each(dialects)(
  '$dialect: a repeated request to play or mute acts once and gets the same operation',
  async (dialect) => {
    const bot = await newBot()
    const call = await establishCall(bot, dialect)
    const prompts = [{ mediaInfo: { uri: 'https://bot.example/beep.wav' } }]
    const [first, again] = await sendTwice(bot, `${call}/playPrompt`, { prompts })
    const [mute, muteAgain] = await sendTwice(bot, `${call}/mute`, {})

    expect([first.body.id, mute.body.id]).toEqual([again.body.id, muteAgain.body.id])
    await bot.request('DELETE', call)
    const before = 1 + establishedWithAudio(dialect).length
    await bot.waitFor(before + 3)
    expect(bot.flow().filter((notification) => notification.includes('operations'))).toHaveLength(1)
  },
)

test.each(dialects)('$dialect: a repeated rejection gets the same reply', async ({ calls, dialect }) => {
  const bot = await newBot({ registered: dialect })
  const [first, again] = await sendTwice(bot, `${calls}/${await placeCall(bot)}/reject`, {})

  expect([first.status, again.status]).toEqual([202, 202])
})
