import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestBot, TestReply } from '../../support/bot.js'
import {
  COMMUNICATIONS,
  callTo,
  create,
  establishCall,
  establishMeeting,
  expectError,
  GUID,
  lastId,
  move,
  newBot,
  newPeople,
  notified,
  placeCall,
} from '../../support/bots.js'
import { type RunningService, startService } from '../../support/service.js'
import { mediaPrompt, prompts } from './prompts.js'

// What public bots and Microsoft's own libraries do to a call. The numbers are those of the list in list.test.ts.

const CALLS = COMMUNICATIONS.calls

/** Here people wait until they are moved, so that not everything ends well. */
let waiting: RunningService
beforeAll(async () => {
  waiting = await startService({ SIMULATOR_DEFAULT: 'wait', ANSWER_TIMEOUT_MS: '500' })
})
afterAll(() => waiting.stop())

const invite = (bot: TestBot, call: string, personId: string, rest: object = {}): Promise<TestReply> =>
  bot.request('POST', `${call}/participants/invite`, {
    participants: [{ identity: { user: { id: personId } } }],
    ...rest,
  })

const RESULT = {
  '@odata.type': '#microsoft.graph.resultInfo',
  code: expect.any(Number),
  subcode: expect.any(Number),
  message: expect.any(String),
}

test('10. a clientContext comes back as it was sent, in the reply and in the notification, or not at all', async () => {
  const bot = await newBot()
  const call = await establishMeeting(bot, COMMUNICATIONS)
  // A GUID for each, one's own id again and again, the id of the call, a text of one's own, nothing.
  const contexts = [
    randomUUID(),
    bot.applicationId,
    bot.applicationId,
    lastId(call),
    `chunk:${lastId(call)}`,
    undefined,
  ]
  for (const [index, clientContext] of contexts.entries()) {
    const reply = await invite(bot, call, randomUUID(), { clientContext })
    await bot.waitFor(3 + 2 * (index + 1))
    const { resourceUrl, resourceData } = notified(bot, -2)

    expect(reply.status).toBe(200)
    expect(resourceUrl).toBe(`/communications/calls/${lastId(call)}/operations/${reply.body.id}`)
    for (const operation of [reply.body, resourceData]) {
      expect(operation.clientContext).toBe(clientContext)
      if (clientContext === undefined) expect(operation).not.toHaveProperty('clientContext')
    }
  }
})

test('11. what a reply calls running is told to be completed or failed, soon', async () => {
  const bot = await newBot({ baseUrl: waiting.baseUrl })
  const call = await establishMeeting(bot, COMMUNICATIONS)
  const [comes = '', declines = ''] = newPeople(2)
  const coming = await invite(bot, call, comes)
  await move(bot, comes, 'answer')
  await bot.waitFor(5)
  const declining = await invite(bot, call, declines)
  await move(bot, declines, 'decline')
  await bot.waitFor(6)

  expect([coming.body.status, declining.body.status]).toEqual(['running', 'running'])
  expect(notified(bot, 4).resourceData).toMatchObject({ id: coming.body.id, status: 'completed' })
  expect(notified(bot, 6).resourceData).toMatchObject({ id: declining.body.id, status: 'failed' })

  const speaker = await newBot()
  const speaking = await establishCall(speaker, COMMUNICATIONS)
  const { body: running } = await speaker.request('POST', `${speaking}/playPrompt`, { prompts })
  expect(running.status).toBe('running')
  await speaker.waitFor(4)
  expect(notified(speaker, 4).resourceData).toMatchObject({ id: running.id, status: 'completed' })
})

test('12. whatever ends says how, with numbers: operations and calls', async () => {
  const bot = await newBot({ baseUrl: waiting.baseUrl, registered: 'communications' })
  const call = await establishMeeting(bot, COMMUNICATIONS)
  for (const [index, action] of (['answer', 'busy'] as const).entries()) {
    const personId = randomUUID()
    await invite(bot, call, personId)
    await move(bot, personId, action)
    await bot.waitFor(5 + index)
  }
  expect(notified(bot, 4).resourceData).toMatchObject({ status: 'completed', resultInfo: { ...RESULT, code: 200 } })
  expect(notified(bot, 6).resourceData).toMatchObject({ status: 'failed', resultInfo: RESULT })
  await bot.request('DELETE', call)
  await bot.waitFor(8)

  // Somebody who hangs up, somebody who declines, and a call that the bot has left unanswered.
  for (const [index, action] of (['decline', 'busy'] as const).entries()) {
    const personId = randomUUID()
    await create(bot, COMMUNICATIONS, callTo(bot, personId))
    await move(bot, personId, action)
    await bot.waitFor(10 + 2 * index)
  }
  await placeCall(bot)
  await bot.waitFor(14)
  const ends = bot.received
    .map(({ body }) => body.value[0])
    .filter(({ resourceData }) => resourceData.state === 'terminated')
  expect(ends).toHaveLength(4)
  for (const { resourceData } of ends) {
    expect(resourceData.resultInfo).toEqual(RESULT)
    for (const number of [resourceData.resultInfo.code, resourceData.resultInfo.subcode]) expect(number % 1).toBe(0)
  }
})

test('21. a tone is an established call with its number, counted from 1, and nothing makes a bot speak again', async () => {
  const bot = await newBot()
  const personId = randomUUID()
  const call = await establishCall(bot, COMMUNICATIONS, personId)
  expect((await bot.request('POST', `${call}/subscribeToTone`, { clientContext: randomUUID() })).status).toBe(200)
  for (const [index, tone] of ['tone1', 'tone9', 'pound'].entries()) {
    const pressed = await bot.request('POST', `/simulator/people/${personId}/press`, { tone })
    expect(pressed.status).toBe(200)
    await bot.waitFor(4 + index)
  }

  const told = bot.received.map(({ body }) => body.value[0])
  const tones = told.filter(({ resourceData }) => resourceData.toneInfo)
  expect(tones).toMatchObject(
    ['tone1', 'tone9', 'pound'].map((tone, index) => ({
      changeType: 'updated',
      resourceUrl: `/communications/calls/${lastId(call)}`,
      resourceData: {
        '@odata.type': '#microsoft.graph.call',
        state: 'established',
        toneInfo: { sequenceId: index + 1, tone },
      },
    })),
  )
  const speaks = told.filter(
    ({ resourceData }) => resourceData.mediaState?.audio === 'active' && !resourceData.toneInfo,
  )
  expect(speaks).toHaveLength(1)
})

test('22. what has been played is told with its prompts', async () => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)
  const played = [mediaPrompt('hello.wav'), mediaPrompt('menu.wav')]
  const reply = await bot.request('POST', `${call}/playPrompt`, { prompts: played, clientContext: lastId(call) })
  expect(reply).toMatchObject({ status: 200, body: { id: expect.stringMatching(GUID), status: 'running' } })
  await bot.waitFor(4)

  expect(notified(bot, 4)).toMatchObject({
    changeType: 'deleted',
    resourceUrl: `/communications/calls/${lastId(call)}/operations/${reply.body.id}`,
    resourceData: {
      '@odata.type': '#microsoft.graph.playPromptOperation',
      status: 'completed',
      clientContext: lastId(call),
      prompts: played,
    },
  })
})

test('28. what needs no body does without: nothing at all, nothing that is called JSON, and null', async () => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)
  for (const action of ['keepAlive', 'mute', 'subscribeToTone']) {
    for (const body of [undefined, '', 'null']) {
      const reply = await bot.request('POST', `${call}/${action}`, body)
      expect(reply.status, `${action} with ${body}`).toBe(200)
      if (action === 'keepAlive') expect(reply.headers.get('content-type')).toBeNull()
      else expect(reply.body, action).toMatchObject({ status: 'completed' })
    }
  }
})

test('39. two have no roster, a bot finds itself in a meeting, and routing groups are a list', async () => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)
  expect(await bot.request('GET', `${call}/participants`)).toMatchObject({ status: 200, body: { value: [] } })

  const other = await newBot()
  const meeting = await establishMeeting(other, COMMUNICATIONS)
  const { myParticipantId } = (await other.request('GET', meeting)).body
  expect(await other.request('GET', `${meeting}/participants/${myParticipantId}`)).toMatchObject({
    status: 200,
    body: { id: myParticipantId, info: { identity: { application: { id: other.applicationId } } } },
  })
  const groups = await other.request('GET', `${meeting}/audioRoutingGroups`)
  expect(groups).toMatchObject({ status: 200, body: { value: expect.any(Array) } })
})

test('42. a call is rejected for any reason, in any case', async () => {
  for (const reason of ['none', 'None', 'busy', 'Busy', 'forbidden', 'Forbidden']) {
    const bot = await newBot({ registered: 'communications' })
    const call = `${CALLS}/${await placeCall(bot)}`
    const reply = await bot.request('POST', `${call}/reject`, { reason, callbackUri: null })

    expect(reply.status, reason).toBe(202)
    await bot.waitFor(2)
    expect(notified(bot, 2)).toMatchObject({
      changeType: 'deleted',
      resourceUrl: `/communications/calls/${lastId(call)}`,
    })
    expectError(await bot.request('GET', call), { status: 404, code: '8522' })
  }
})
