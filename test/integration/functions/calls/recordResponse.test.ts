import { randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { readSamples, renderWav } from '../../../../shared/simulator/wav.js'
import {
  APP2019,
  COMMUNICATIONS,
  type Dialect,
  dialects,
  establishCall,
  establishedWithAudio,
  expectBodyRefused,
  expectError,
  expectServiceHostedMediaNeeded,
  getNotification,
  lastId,
  newBot,
} from '../../../support/scenarios.js'
import { fetchToken, type TestBot, type TestReply } from '../../../support/testBot.js'

const BYTES_PER_MS = 32
const PROMPT = { '@odata.type': '#microsoft.graph.mediaPrompt', mediaInfo: { uri: 'https://cdn.contoso.com/beep.wav' } }
/** Half a second of audio that no tone looks like. */
const SPOKEN = new Uint8Array(500 * BYTES_PER_MS).fill(42)
const WAV = renderWav([{ startMs: 0, durationMs: 500, samples: SPOKEN }], 500)

/** Sends a body as it is. */
async function sendFile(bot: TestBot, path: string, body: Uint8Array, type = 'audio/wav'): Promise<TestReply> {
  const headers = { authorization: `Bearer ${bot.token}`, 'content-type': type }
  const response = await fetch(`${inject('baseUrl')}${path}`, { method: 'POST', headers, body })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
}

/** Reads a recording with any Authorization header. */
const readRecording = (location: string, authorization?: string, method = 'GET') =>
  fetch(location, { method, headers: authorization === undefined ? {} : { authorization } })

/** Starts a recording in a new call, and returns the steps that follow. */
async function startRecording(dialect: Dialect, body: object = {}, action = 'recordResponse') {
  const [bot, personId] = [await newBot(), randomUUID()]
  const call = await establishCall(bot, dialect, personId)
  const reply = await bot.request('POST', `${call}/${action}`, body)
  expect(reply.status).toBe(200)
  const say = `/simulator/people/${personId}/say`
  return {
    bot,
    call,
    personId,
    reply,
    say,
    waitForEnd: async () => {
      await bot.waitFor(2 + establishedWithAudio(dialect).length)
      return getNotification(bot, -1)
    },
  }
}

test.each(dialects)('$dialect: a bot records what a person says, and reads the audio', async (dialect) => {
  const { bot, call, reply, say, waitForEnd } = await startRecording(dialect, {
    prompts: [PROMPT],
    clientContext: 'mine',
    maxSilenceTimeoutInSeconds: 1,
    stopTones: ['#', '1', '*'],
    playBeep: true,
  })
  expect(reply.body).toMatchObject({ id: expect.stringMatching(dialect.id), status: 'running', clientContext: 'mine' })
  expect(reply.body['@odata.type']).toBe('#microsoft.graph.recordOperation')
  expect(lastId(reply.headers.get('location') ?? '')).toBe(reply.body.id)
  expect(reply.body.recordingAccessToken).toBeUndefined()

  const said = await sendFile(bot, say, WAV)
  expect(said).toMatchObject({ status: 200, body: { callId: expect.any(String) } })
  expect(dialect.spell(said.body.callId)).toBe(lastId(call))

  const { changeType, resourceData } = await waitForEnd()
  expect(changeType).toBe('deleted')
  expect(resourceData).toMatchObject({
    '@odata.type': '#microsoft.graph.recordOperation',
    id: reply.body.id,
    status: 'completed',
    clientContext: 'mine',
    completionReason: 'maxSilenceTimeout',
    resultInfo: { code: 200, subcode: 8509 },
  })
  expect(resourceData.prompts).toBeUndefined()
  const { recordingLocation, recordingAccessToken } = resourceData
  expect(recordingLocation.startsWith(`${inject('baseUrl')}/recordings/`)).toBe(true)

  const response = await readRecording(recordingLocation, `Bearer ${recordingAccessToken}`)
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'audio/wav'])
  const result = readSamples(new Uint8Array(await response.arrayBuffer()))
  if ('problem' in result) throw new Error(result.problem)
  const first = result.samples.indexOf(42)
  expect(result.samples.length).toBe(first + SPOKEN.length + 1_000 * BYTES_PER_MS)
  expect(Buffer.compare(result.samples.subarray(first, first + SPOKEN.length), SPOKEN)).toBe(0)
  expect(new Set(result.samples.subarray(first + SPOKEN.length))).toEqual(new Set([0]))

  const read = await bot.request('GET', `${call}/operations/${reply.body.id}`)
  expect(read.body).toMatchObject({ status: 'completed', recordingLocation, recordingAccessToken })
})

test.each(dialects)('$dialect: only the recordingAccessToken gives access to a recording', async (dialect) => {
  const { bot, reply, personId, waitForEnd } = await startRecording(dialect, { stopTones: ['#'] })
  await bot.request('POST', `/simulator/people/${personId}/press`, { tone: 'pound' })
  const { resourceData } = await waitForEnd()
  const { recordingLocation: location, recordingAccessToken: token } = resourceData
  const other = await newBot()
  const [operator, wrong] = [await fetchToken(inject('baseUrl'), other), randomUUID()]
  for (const refused of [undefined, '', `Bearer ${wrong}`, `Bearer ${bot.token}`, `Bearer ${operator}`, token]) {
    const response = await readRecording(location, refused)
    expect([refused, response.status]).toEqual([refused, 401])
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await response.json()).toMatchObject({ error: { code: 'unauthenticated' } })
  }
  const allowed = await readRecording(location, `bearer ${token}`, 'HEAD')
  expect([allowed.status, allowed.headers.get('content-type'), await allowed.text()]).toEqual([200, 'audio/wav', ''])

  const base = location.slice(0, location.lastIndexOf('/'))
  const id = lastId(reply.headers.get('location') ?? '')
  for (const unknown of [`${base}/${randomUUID()}`, `${base.replace(/[^/]+$/, randomUUID())}/${id}`]) {
    expect((await readRecording(unknown, `Bearer ${token}`)).status).toBe(401)
  }
  expect((await readRecording(`${base}/x`, `Bearer ${token}`)).status).toBe(400)
})

test.each(dialects)('$dialect: a stop tone ends a recording, even without a subscription to tones', async (dialect) => {
  const { bot, personId, waitForEnd } = await startRecording(dialect, { stopTones: ['11', 'A', '*'] })
  for (const tone of ['tone1', 'star']) {
    expect(await bot.request('POST', `/simulator/people/${personId}/press`, { tone })).toMatchObject({ status: 200 })
  }
  expect((await waitForEnd()).resourceData).toMatchObject({
    status: 'completed',
    completionReason: 'stopToneDetected',
    resultInfo: { code: 200, subcode: 8514 },
  })
})

test('the older name, its qualified name and every path start a recording', async () => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)
  const id = lastId(call)
  const paths = [
    `${call}/record`,
    `${call}/microsoft.graph.record`,
    `${call}/microsoft.graph.recordResponse`,
    `/app/calls/${id}/record`,
    `/beta/applications/${bot.applicationId}/calls/${id}/RECORD`,
    `${APP2019.calls}/${id}/recordResponse`,
  ]
  for (const path of paths) {
    const reply = await bot.request('POST', path, { bargeInAllowed: true })
    expect([path, reply.status]).toEqual([path, 200])
  }
})

test.each(dialects)('$dialect: bodies of the documentation and of public bots are accepted', async (dialect) => {
  const documented = {
    bargeInAllowed: true,
    clientContext: randomUUID(),
    prompts: [{ ...PROMPT, loop: 5 }],
    maxRecordDurationInSeconds: 1_800,
    initialSilenceTimeoutInSeconds: 10,
    maxSilenceTimeoutInSeconds: 2,
    recordingFormat: 'wav',
    playBeep: true,
    streamWhileRecording: true,
    stopTones: ['#', '11', '*'],
  }
  const { bot, call } = await startRecording(dialect, documented, 'record')
  const withNulls = {
    bargeInAllowed: null,
    playBeep: null,
    initialSilenceTimeoutInSeconds: null,
    maxSilenceTimeoutInSeconds: null,
    maxRecordDurationInSeconds: 10,
    prompts: [PROMPT],
    stopTones: [],
    clientContext: `chunk:${lastId(call)}`,
  }
  for (const body of [withNulls, { prompts: [] }, {}, undefined]) {
    expect((await bot.request('POST', `${call}/recordResponse`, body)).status).toBe(200)
  }
})

test.each(dialects)('$dialect: a canceled recording fails, and has no audio', async (dialect) => {
  const { bot, call, say, waitForEnd } = await startRecording(dialect)
  expect(await bot.request('POST', say, { seconds: 1 })).toMatchObject({ status: 200 })
  expect((await bot.request('POST', `${call}/cancelMediaProcessing`)).status).toBe(200)
  const { resourceData } = await waitForEnd()
  expect(resourceData).toMatchObject({
    status: 'failed',
    completionReason: 'operationCanceled',
    resultInfo: { code: 400, subcode: 8508 },
  })
  for (const key of ['recordingLocation', 'recordingAccessToken', 'recordResourceLocation']) {
    expect(resourceData).not.toHaveProperty(key)
  }
})

test('with bargeInAllowed, a recording cancels the prompt that plays; speech given in seconds is a tone', async () => {
  const [bot, personId] = [await newBot(), randomUUID()]
  const call = await establishCall(bot, COMMUNICATIONS, personId)
  await bot.request('POST', `${call}/playPrompt`, { prompts: [{ ...PROMPT, loop: 0 }], clientContext: 'music' })
  const body = { bargeInAllowed: true, maxRecordDurationInSeconds: 1, clientContext: 'recording' }
  await bot.request('POST', `${call}/recordResponse`, body)
  expect(await bot.request('POST', `/simulator/people/${personId}/say`, { seconds: 2, callId: lastId(call) })).toEqual(
    expect.objectContaining({ status: 200, body: { callId: lastId(call) } }),
  )
  await bot.waitFor(5)
  const ended = [getNotification(bot, 4), getNotification(bot, 5)].map(({ resourceData }) => resourceData)
  expect(ended.map(({ clientContext, status }) => [clientContext, status])).toEqual([
    ['music', 'failed'],
    ['recording', 'completed'],
  ])
  const { recordingLocation, recordingAccessToken, resultInfo } = ended[1]
  expect(resultInfo).toMatchObject({ code: 200, subcode: 8515 })
  const response = await readRecording(recordingLocation, `Bearer ${recordingAccessToken}`)
  const file = Buffer.from(await response.arrayBuffer())
  expect(file.length).toBe(44 + 1_000 * BYTES_PER_MS)
  expect(file.subarray(44).some((byte) => byte !== 0)).toBe(true)
})

test.each(dialects)('$dialect: a recording fails when nothing is said, and when the bot hangs up', async (dialect) => {
  const { bot, call, waitForEnd } = await startRecording(dialect, { initialSilenceTimeoutInSeconds: 1 })
  expect((await waitForEnd()).resourceData).toMatchObject({
    status: 'failed',
    completionReason: 'initialSilenceTimeout',
    resultInfo: { code: 400, subcode: 8510 },
  })
  await bot.request('POST', `${call}/recordResponse`, { maxRecordDurationInSeconds: 120 })
  expect((await bot.request('DELETE', call)).status).toBe(204)
  await bot.waitFor(3 + establishedWithAudio(dialect).length)
  const { resourceData } = getNotification(bot, 3 + establishedWithAudio(dialect).length)
  expect(resourceData).toMatchObject({ status: 'failed', resultInfo: { code: 200, subcode: 7000 } })
})

const SECONDS = ['initialSilenceTimeoutInSeconds', 'maxSilenceTimeoutInSeconds', 'maxRecordDurationInSeconds']

test.each([
  ...SECONDS.flatMap((name) => [
    [`${name} of 0`, { [name]: 0 }, `${name}: must be at least 1.`],
    [`a fraction for ${name}`, { [name]: 1.5 }, `${name}: `],
    [`a text for ${name}`, { [name]: '5' }, `${name}: must be a JSON number.`],
  ]),
  ['a silence over 120 s', { maxSilenceTimeoutInSeconds: 121 }, 'maxSilenceTimeoutInSeconds: must be at most 120.'],
  ['a silence over 120 s', { initialSilenceTimeoutInSeconds: 121 }, 'must be at most 120.'],
  ['a duration over 1800 s', { maxRecordDurationInSeconds: 1_801 }, 'must be at most 1800.'],
  ['a prompt without media', { prompts: [{}] }, 'prompts[0].mediaInfo: is required.'],
  ['a stop tone that is no key', { stopTones: ['#', 'pound'] }, 'stopTones[1]: must be a key'],
  ['stop tones that are no list', { stopTones: '#' }, 'stopTones: must be a JSON array.'],
  ['too many stop tones', { stopTones: Array(33).fill('#') }, 'stopTones: must have at most 32 items.'],
  ['a text for bargeInAllowed', { bargeInAllowed: 'yes' }, 'bargeInAllowed: must be a JSON boolean.'],
  ['a text for playBeep', { playBeep: 'yes' }, 'playBeep: must be a JSON boolean.'],
  ['a long clientContext', { clientContext: 'x'.repeat(257) }, 'clientContext: must have at most 256 characters.'],
] as [string, object, string][])('recordResponse refuses %s', async (_, body, says) => {
  await expectBodyRefused('recordResponse', body, says)
})

test.each(dialects)('$dialect: two prompts are a 400 with 8523', async (dialect) => {
  const bot = await newBot()
  const call = await establishCall(bot, dialect)
  const reply = await bot.request('POST', `${call}/recordResponse`, { prompts: [PROMPT, PROMPT] })
  expectError(reply, {
    status: 400,
    code: '8523',
    says: 'prompts: has 2 items, but a recording has at most one prompt.',
  })
})

test.each(dialects)('$dialect: recordResponse needs an established call with service-hosted media', async (dialect) => {
  await expectServiceHostedMediaNeeded(dialect, 'recordResponse', {}, 'record')
})

test('recordResponse needs Calls.AccessMedia.All', async () => {
  const bot = await newBot({ roles: 'Calls.Initiate.All' })
  const call = await establishCall(bot, COMMUNICATIONS)
  expectError(await bot.request('POST', `${call}/recordResponse`), { status: 403, code: '7504' })
})

test('a person can speak without a recording and with `-` in the path, but not in a call of others', async () => {
  const [bot, personId] = [await newBot(), randomUUID()]
  const call = await establishCall(bot, COMMUNICATIONS, personId)
  const callId = lastId(call)
  const accepted = { status: 200, body: { callId } }
  expect(await sendFile(bot, `/simulator/people/${personId}/say?callId=${callId}`, WAV)).toMatchObject(accepted)
  expect(await sendFile(bot, `/simulator/people/-/say?userId=${personId}`, WAV, 'audio/x-wav')).toMatchObject(accepted)
  expect(await sendFile(bot, `/simulator/people/${personId}/say`, WAV, 'application/octet-stream')).toMatchObject(
    accepted,
  )
  const path = '/simulator/people/-/say'
  expect(await bot.request('POST', path, { userId: personId, seconds: 0.5 })).toMatchObject(accepted)
  expectError(await bot.request('POST', `/simulator/people/${randomUUID()}/say`, { seconds: 1 }), {
    status: 404,
    code: 'itemNotFound',
  })
  const notInCall = await bot.request('POST', `/simulator/people/${randomUUID()}/say`, { seconds: 1, callId })
  expectError(notInCall, { status: 409, code: 'notAllowed', says: 'is not in this call.' })
})

test.each([
  ['no body', '', 'audio/wav', 'The audio is not a WAV file'],
  ['an MP3 file', `ID3${'x'.repeat(100)}`, 'audio/mpeg', 'The audio is not a WAV file'],
  ['a WAV file that is cut off', Buffer.from(WAV.subarray(0, 100)), 'audio/wav', 'The audio is cut off'],
  ['JSON without seconds', '{}', 'application/json', 'seconds: is required.'],
  ['no time', '{"seconds":0}', 'application/json', 'seconds: must be at least 0.1.'],
  ['more than two minutes', '{"seconds":121}', 'application/json', 'seconds: must be at most 120.'],
  ['a callId that is not a GUID', '{"seconds":1,"callId":"x"}', 'application/json', 'callId: is not a GUID.'],
  ['text that is no JSON', 'hello', 'text/plain', 'The request body is not valid JSON'],
] as [string, string | Buffer, string, string][])('say refuses %s', async (_, body, type, says) => {
  const reply = await sendFile(await newBot(), `/simulator/people/${randomUUID()}/say`, Buffer.from(body), type)
  expectError(reply, { status: 400, code: 'invalidRequest', says })
})

test('say refuses a wrong callId in the query, and a body that is larger than two minutes of audio', async () => {
  const [bot, path] = [await newBot(), `/simulator/people/${randomUUID()}/say`]
  const wrong = await sendFile(bot, `${path}?callId=x`, WAV)
  expectError(wrong, { status: 400, code: 'invalidRequest', says: 'callId: is not a GUID.' })
  const tooLarge = await sendFile(bot, path, new Uint8Array(120_000 * BYTES_PER_MS + 64 * 1024 + 1))
  expectError(tooLarge, { status: 413, code: 'invalidRequest', says: 'The request body is larger than' })
})
