import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOwnService } from '../../support/ownService.js'
import {
  actAsPerson,
  COMMUNICATIONS,
  callBody,
  create,
  establishCall,
  establishMeeting,
  expectError,
  GUID,
  getNotification,
  lastId,
  newBot,
  newPersonIds,
  placeCall,
} from '../../support/scenarios.js'
import type { RunningService } from '../../support/serviceProcess.js'
import type { TestBot, TestReply } from '../../support/testBot.js'
import { mediaPrompt, prompts } from './prompts.js'

// The operations of public bots and Microsoft's libraries. The numbers are those of the list in list.test.ts.

const CALLS = COMMUNICATIONS.calls

/** A service whose simulated people do nothing by themselves, so that calls and invitations can fail. */
let passiveService: RunningService
beforeAll(async () => {
  passiveService = await startOwnService({ SIMULATOR_DEFAULT: 'wait', ANSWER_TIMEOUT_MS: '500' })
})
afterAll(() => passiveService.stop())

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

test('10. reply and notification contain the clientContext exactly as it was sent, or none', async () => {
  const bot = await newBot()
  const call = await establishMeeting(bot, COMMUNICATIONS)
  // Bots send a new GUID, their own id every time, the id of the call, a text, or nothing.
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
    const { resourceUrl, resourceData } = getNotification(bot, -2)

    expect(reply.status).toBe(200)
    expect(resourceUrl).toBe(`/communications/calls/${lastId(call)}/operations/${reply.body.id}`)
    for (const operation of [reply.body, resourceData]) {
      expect(operation.clientContext).toBe(clientContext)
      if (clientContext === undefined) expect(operation).not.toHaveProperty('clientContext')
    }
  }
})

test('11. an operation that is running in the reply is soon reported as completed or failed', async () => {
  const bot = await newBot({ baseUrl: passiveService.baseUrl })
  const call = await establishMeeting(bot, COMMUNICATIONS)
  const [acceptingId = '', decliningId = ''] = newPersonIds(2)
  const accepted = await invite(bot, call, acceptingId)
  await actAsPerson(bot, acceptingId, 'answer')
  await bot.waitFor(5)
  const declined = await invite(bot, call, decliningId)
  await actAsPerson(bot, decliningId, 'decline')
  await bot.waitFor(6)

  expect([accepted.body.status, declined.body.status]).toEqual(['running', 'running'])
  expect(getNotification(bot, 4).resourceData).toMatchObject({ id: accepted.body.id, status: 'completed' })
  expect(getNotification(bot, 6).resourceData).toMatchObject({ id: declined.body.id, status: 'failed' })

  const speaker = await newBot()
  const speaking = await establishCall(speaker, COMMUNICATIONS)
  const { body: running } = await speaker.request('POST', `${speaking}/playPrompt`, { prompts })
  expect(running.status).toBe('running')
  await speaker.waitFor(4)
  expect(getNotification(speaker, 4).resourceData).toMatchObject({ id: running.id, status: 'completed' })
})

test('12. every operation and call that ends has a resultInfo with numeric codes', async () => {
  const bot = await newBot({ baseUrl: passiveService.baseUrl, registered: 'communications' })
  const call = await establishMeeting(bot, COMMUNICATIONS)
  for (const [index, action] of (['answer', 'busy'] as const).entries()) {
    const personId = randomUUID()
    await invite(bot, call, personId)
    await actAsPerson(bot, personId, action)
    await bot.waitFor(5 + index)
  }
  expect(getNotification(bot, 4).resourceData).toMatchObject({
    status: 'completed',
    resultInfo: { ...RESULT, code: 200 },
  })
  expect(getNotification(bot, 6).resourceData).toMatchObject({ status: 'failed', resultInfo: RESULT })
  await bot.request('DELETE', call)
  await bot.waitFor(8)

  // The person declines, the person is busy, and the bot does not answer in time.
  for (const [index, action] of (['decline', 'busy'] as const).entries()) {
    const personId = randomUUID()
    await create(bot, COMMUNICATIONS, callBody(bot, personId))
    await actAsPerson(bot, personId, action)
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

test('21. a tone is an update of the established call, numbered from 1, without the active audio', async () => {
  const bot = await newBot()
  const personId = randomUUID()
  const call = await establishCall(bot, COMMUNICATIONS, personId)
  expect((await bot.request('POST', `${call}/subscribeToTone`, { clientContext: randomUUID() })).status).toBe(200)
  for (const [index, tone] of ['tone1', 'tone9', 'pound'].entries()) {
    const pressed = await bot.request('POST', `/simulator/people/${personId}/press`, { tone })
    expect(pressed.status).toBe(200)
    await bot.waitFor(4 + index)
  }

  const notifications = bot.received.map(({ body }) => body.value[0])
  const tones = notifications.filter(({ resourceData }) => resourceData.toneInfo)
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
  // Bots begin to speak at this notification.
  const audioActive = notifications.filter(
    ({ resourceData }) => resourceData.mediaState?.audio === 'active' && !resourceData.toneInfo,
  )
  expect(audioActive).toHaveLength(1)
})

test('22. the notification about a played prompt contains the prompts', async () => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)
  const played = [mediaPrompt('hello.wav'), mediaPrompt('menu.wav')]
  const reply = await bot.request('POST', `${call}/playPrompt`, { prompts: played, clientContext: lastId(call) })
  expect(reply).toMatchObject({ status: 200, body: { id: expect.stringMatching(GUID), status: 'running' } })
  await bot.waitFor(4)

  expect(getNotification(bot, 4)).toMatchObject({
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

test('28. an action without parameters accepts no body, an empty body with a JSON type, and null', async () => {
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

test('39. a peer-to-peer call has no roster, a meeting lists the bot, and routing groups are a list', async () => {
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

test('42. a bot can reject a call with every reason, in any case', async () => {
  for (const reason of ['none', 'None', 'busy', 'Busy', 'forbidden', 'Forbidden']) {
    const bot = await newBot({ registered: 'communications' })
    const call = `${CALLS}/${await placeCall(bot)}`
    const reply = await bot.request('POST', `${call}/reject`, { reason, callbackUri: null })

    expect(reply.status, reason).toBe(202)
    await bot.waitFor(2)
    expect(getNotification(bot, 2)).toMatchObject({
      changeType: 'deleted',
      resourceUrl: `/communications/calls/${lastId(call)}`,
    })
    expectError(await bot.request('GET', call), { status: 404, code: '8522' })
  }
})

test('23. a bot downloads a recording from its location, with its token', async () => {
  const [bot, personId] = [await newBot(), randomUUID()]
  const call = await establishCall(bot, COMMUNICATIONS, personId)
  const body = { prompts, maxRecordDurationInSeconds: 10, maxSilenceTimeoutInSeconds: 1, stopTones: ['#'] }
  await bot.request('POST', `${call}/recordResponse`, { ...body, bargeInAllowed: true, clientContext: randomUUID() })
  await bot.request('POST', `/simulator/people/${personId}/say`, { seconds: 0.5 })
  await bot.waitFor(4)
  const { resourceData } = getNotification(bot, 4)
  expect(resourceData).toMatchObject({ status: 'completed', resultInfo: { ...RESULT, code: 200 } })
  const { recordingLocation, recordingAccessToken } = resourceData
  const headers = { Authorization: `Bearer ${recordingAccessToken}` }
  const audio = Buffer.from(await (await fetch(recordingLocation, { headers })).arrayBuffer())
  expect(audio.toString('latin1', 0, 4)).toBe('RIFF')
})

test('24. a bot records in a loop; a second recording waits for the first, and several prompts are a 400', async () => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)
  const body = {
    prompts: [mediaPrompt('silent.wav')],
    bargeInAllowed: null,
    playBeep: null,
    initialSilenceTimeoutInSeconds: null,
    maxSilenceTimeoutInSeconds: null,
    maxRecordDurationInSeconds: 1,
    stopTones: [],
    clientContext: `chunk:${lastId(call)}`,
  }
  for (let count = 0; count < 2; count++) {
    expect((await bot.request('POST', `${call}/recordResponse`, body)).status).toBe(200)
  }
  await bot.waitFor(5)
  for (const number of [4, 5]) {
    expect(getNotification(bot, number).resourceData).toMatchObject({
      '@odata.type': '#microsoft.graph.recordOperation',
      status: 'completed',
      clientContext: `chunk:${lastId(call)}`,
    })
  }
  const several = await bot.request('POST', `${call}/recordResponse`, { prompts: [...prompts, ...prompts] })
  expectError(several, { status: 400, code: '8523' })
})
