import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  actAsPerson,
  COMMUNICATIONS,
  dialects,
  establishMeeting,
  expectError,
  getNotification,
  joinCall,
  lastId,
  newBot,
} from '../../../support/scenarios.js'

test.each(dialects)(
  '$dialect: hold music starts with an operation that completes, and stops at once',
  async (dialect) => {
    const bot = await newBot()
    const meeting = await establishMeeting(bot, dialect)
    const participant = `${meeting}/participants/${await joinCall(bot, meeting, dialect)}`
    const customPrompt = {
      '@odata.type': '#microsoft.graph.mediaPrompt',
      mediaInfo: { '@odata.type': '#microsoft.graph.mediaInfo', uri: 'https://bot.contoso.com/onHold.wav' },
    }
    for (const action of ['startHoldMusic', 'stopHoldMusic']) {
      const body = { clientContext: action, ...(action === 'startHoldMusic' && { customPrompt }) }
      const reply = await bot.request('POST', `${participant}/${action}`, body)
      const operation = {
        '@odata.type': `#microsoft.graph.${action}Operation`,
        id: expect.stringMatching(dialect.id),
        clientContext: action,
      }
      expect(reply).toMatchObject({
        status: dialect.dialect === 'app' ? 200 : 202,
        body: { ...operation, status: action === 'startHoldMusic' ? 'running' : 'completed' },
      })
      expect(lastId(reply.headers.get('location') ?? '')).toBe(reply.body.id)
      const completed = { ...operation, id: reply.body.id, status: 'completed', resultInfo: { code: 200, subcode: 0 } }
      if (action === 'startHoldMusic') {
        await bot.waitFor(5)
        expect(getNotification(bot, 5)).toMatchObject({ changeType: 'deleted', resourceData: completed })
      }
      expect((await bot.request('GET', `${meeting}/operations/${reply.body.id}`)).body).toMatchObject(completed)
    }
    await bot.request('DELETE', meeting)
    await bot.waitFor(7)
    expect(bot.flow()[4]).toBe('deleted operations completed')
    expect(bot.flow()[5]).toBe(`updated call ${dialect.dialect === 'app' ? 'terminated' : 'terminating'}`)
  },
)

test.each(dialects)('$dialect: one participant at a time is on hold, until they leave', async (dialect) => {
  const bot = await newBot()
  const meeting = await establishMeeting(bot, dialect)
  const personId = randomUUID()
  const first = `${meeting}/participants/${await joinCall(bot, meeting, dialect, { personId })}`
  const second = `${meeting}/participants/${await joinCall(bot, meeting, dialect)}`
  const post = async (path: string) => (await bot.request('POST', path)).status
  const started = dialect.dialect === 'app' ? 200 : 202
  expectError(await bot.request('POST', `${first}/stopHoldMusic`), {
    status: 409,
    code: 'notAllowed',
    says: 'is not on hold.',
  })
  expect(await post(`${first}/startHoldMusic`)).toBe(started)
  for (const participant of [first, second]) {
    expectError(await bot.request('POST', `${participant}/startHoldMusic`), {
      status: 409,
      code: 'notAllowed',
      says: 'one participant on hold at most',
    })
  }
  expect(await post(`${second}/stopHoldMusic`)).toBe(409)
  await actAsPerson(bot, personId, 'leave')
  expect(await post(`${second}/startHoldMusic`)).toBe(started)
})

test.each([
  [{ customPrompt: {} }, 'customPrompt.mediaInfo: is required.'],
  [{ customPrompt: { mediaInfo: {} } }, 'customPrompt.mediaInfo.uri: is required.'],
  [{ customPrompt: 'music' }, 'customPrompt: must be a JSON object.'],
  [{ clientContext: 7 }, 'clientContext: must be a JSON string.'],
])('startHoldMusic with the body %j is a 400 that names the property', async (body, says) => {
  const bot = await newBot()
  const meeting = await establishMeeting(bot, COMMUNICATIONS)
  const participant = `${meeting}/participants/${await joinCall(bot, meeting, COMMUNICATIONS)}`
  const reply = await bot.request('POST', `${participant}/startHoldMusic`, body)
  expectError(reply, { status: 400, code: 'invalidRequest', says })
})

test('the bot cannot be on hold, and neither can an unknown participant', async () => {
  const bot = await newBot()
  const meeting = await establishMeeting(bot, COMMUNICATIONS)
  const { myParticipantId } = (await bot.request('GET', meeting)).body
  const start = (id: string) => bot.request('POST', `${meeting}/participants/${id}/startHoldMusic`)
  expectError(await start(myParticipantId), { status: 400, code: 'invalidRequest', says: 'participantId: ' })
  expectError(await start(randomUUID()), { status: 404, code: 'itemNotFound', says: 'Participant not found.' })
})
