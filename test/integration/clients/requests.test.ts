import { randomUUID } from 'node:crypto'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { expect, inject, onTestFinished, test } from 'vitest'
import { startBreakableStorage } from '../../support/breakableStorage.js'
import { startOwnService } from '../../support/ownService.js'
import {
  ANSWER,
  COMMUNICATIONS,
  callBody,
  establishCall,
  establishMeeting,
  expectError,
  GUID,
  newBot,
  newPersonIds,
  placeCall,
} from '../../support/scenarios.js'
import { fetchToken, meetingBody, send, type TestBot, user } from '../../support/testBot.js'

// The requests of public bots and Microsoft's libraries, and what these need in replies. The numbers are those of the
// list in list.test.ts.

const CALLS = COMMUNICATIONS.calls
const baseUrl = inject('baseUrl')

test('6. an empty reply has no Content-Type, and no Content-Length but 0', async () => {
  const bot = await newBot({ registered: 'communications' })
  const call = `${CALLS}/${await placeCall(bot)}`
  const answered = await bot.request('POST', `${call}/answer`, ANSWER)
  const ended = await bot.request('DELETE', call)

  expect([answered.status, ended.status]).toEqual([202, 204])
  // The JavaScript client fails on an empty body with the content type of JSON.
  for (const { headers } of [answered, ended]) expect(headers.get('content-type')).toBeNull()
  expect(answered.headers.get('content-length')).toBe('0')
  expect(ended.headers.get('content-length') ?? '0').toBe('0')
})

test('20. the reply to a create contains the ids that a bot needs later, and an absolute Location', async () => {
  const bot = await newBot()
  for (const body of [callBody(bot), meetingBody(bot.callbackUri)]) {
    const reply = await bot.request('POST', CALLS, body)

    expect(reply).toMatchObject({
      status: 201,
      body: {
        id: expect.stringMatching(GUID),
        state: 'establishing',
        myParticipantId: expect.stringMatching(GUID),
        callChainId: expect.stringMatching(GUID),
        tenantId: bot.tenantId,
      },
    })
    expect(reply.headers.get('location')).toBe(`${baseUrl}${CALLS}/${reply.body.id}`)
  }
})

/** The body of the stateful client of the Communications SDK. */
const statefulSdkBody = ({ callbackUri, tenantId, applicationId }: TestBot, target: object) => ({
  '@odata.type': '#microsoft.graph.call',
  $id: '1',
  state: null,
  direction: 'Outgoing',
  subject: null,
  callbackUri,
  callRoutes: [],
  source: {
    $id: '2',
    '@odata.type': '#microsoft.graph.participantInfo',
    identity: { $id: '3', application: { $id: '4', id: applicationId, displayName: null } },
    countryCode: null,
  },
  targets: [{ $id: '5', '@odata.type': '#microsoft.graph.invitationParticipantInfo', ...target, endpointType: null }],
  requestedModalities: ['Audio'],
  mediaConfig: { $id: '6', '@odata.type': '#microsoft.graph.serviceHostedMediaConfig', preFetchMedia: null },
  chatInfo: null,
  meetingInfo: null,
  tenantId,
  myParticipantId: null,
  toneInfo: null,
})

/** The body of Microsoft.Graph 4 for .NET. */
const graphV4Body = (bot: TestBot) => ({
  ...callBody(bot),
  '@odata.type': 'microsoft.graph.call',
  requestedModalities: ['audio'],
  mediaConfig: { '@odata.type': 'microsoft.graph.serviceHostedMediaConfig' },
})

/** The body of the Python client, for a meeting. */
const pythonBody = ({ callbackUri, tenantId }: TestBot) => ({
  '@odata.type': 'microsoft.graph.call',
  callbackUri,
  requestedModalities: ['audio'],
  mediaConfig: { '@odata.type': 'microsoft.graph.serviceHostedMediaConfig' },
  chatInfo: { '@odata.type': 'microsoft.graph.chatInfo', threadId: null, messageId: '0' },
  meetingInfo: {
    '@odata.type': 'microsoft.graph.organizerMeetingInfo',
    organizer: {
      '@odata.type': 'microsoft.graph.identitySet',
      user: { '@odata.type': 'microsoft.graph.identity', id: randomUUID(), tenantId, displayName: 'Organizer' },
    },
  },
  joinWebUrl: 'https://teams.microsoft.com/l/meetup-join/0',
})

test('25. the service accepts types without #, capitals, $id, nulls and unknown properties', async () => {
  const bot = await newBot({ registered: 'communications' })
  const { callbackUri, tenantId } = bot
  for (const body of [statefulSdkBody(bot, { identity: user() }), graphV4Body(bot), pythonBody(bot)]) {
    const reply = await bot.request('POST', CALLS, body)
    expect(reply.body).toMatchObject({ direction: 'outgoing', requestedModalities: ['audio'], tenantId })
    expect(reply.status).toBe(201)
  }

  const call = `${CALLS}/${await placeCall(bot)}`
  const answered = await bot.request('POST', `${call}/microsoft.graph.answer`, {
    '@odata.type': '#microsoft.graph.callAnswerRequestBody',
    $id: '1',
    callbackUri,
    acceptedModalities: ['Audio'],
    mediaConfig: { $id: '2', '@odata.type': '#microsoft.graph.serviceHostedMediaConfig', preFetchMedia: [] },
    participantCapacity: null,
    callOptions: null,
  })
  expect(answered.status).toBe(202)
})

test('26. the service refuses a list that is wrapped in $values', async () => {
  const bot = await newBot()
  const targets = { $id: '2', $values: [{ $id: '3', identity: user() }] }

  expectError(await bot.request('POST', CALLS, { ...callBody(bot), $id: '1', targets }), {
    status: 400,
    code: 'invalidRequest',
    says: 'targets',
  })
})

test('27. the service accepts a chunked body without a Content-Length', async () => {
  const bot = await newBot()
  const reply = await sendRaw(bot, 'POST', CALLS, {
    headers: { 'content-type': 'application/json; charset=utf-8', 'transfer-encoding': 'chunked' },
    chunks: JSON.stringify(callBody(bot)).match(/.{1,30}/g) ?? [],
  })

  expect(reply.sent).toMatchObject({ 'transfer-encoding': 'chunked' })
  expect(reply.sent).not.toHaveProperty('content-length')
  expect(reply).toMatchObject({ status: 201, body: { callbackUri: bot.callbackUri } })
})

test('34. every error has the same JSON form', async () => {
  const bot = await newBot()
  const weak = await newBot({ roles: '' })
  const call = await establishMeeting(bot, COMMUNICATIONS)
  const id = { 'client-request-id': randomUUID() }
  const gone = `${CALLS}/${randomUUID()}`
  const big = { ...callBody(bot), subject: 'x'.repeat(300_000) }

  expectError(await bot.request('GET', gone, undefined, id), { status: 404, code: '8522', says: 'Call not found.' })
  expectError(await bot.request('POST', `${gone}/answer`, ANSWER, id), { status: 404, code: '8522' })
  expectError(await bot.request('GET', '/v1.0/nothing', undefined, id), { status: 404, code: 'itemNotFound' })
  expectError(await bot.request('POST', CALLS, '{', id), { status: 400, code: 'invalidRequest' })
  expectError(await bot.request('POST', CALLS, big, id), { status: 413, code: 'invalidRequest' })
  expectError(await bot.request('POST', `${call}/answer`, ANSWER, id), { status: 409, code: 'notAllowed' })
  expectError(await weak.request('POST', CALLS, callBody(weak), id), { status: 403, code: '7504' })
  expectError(await send(baseUrl, 'GET', call, { token: 'x', headers: id }), { status: 401, code: 'unauthenticated' })
  expectError(await send(baseUrl, 'GET', call, { headers: id }), { status: 401, code: 'unauthenticated' })
})

test('35. every reply has its own request-id, and the ids that the client sent', async () => {
  const bot = await newBot({ registered: 'communications' })
  const ids = { 'client-request-id': randomUUID(), 'scenario-id': randomUUID() }
  const incoming = `${CALLS}/${await placeCall(bot)}`
  const replies = [
    await bot.request('POST', CALLS, callBody(bot), ids),
    await bot.request('POST', `${incoming}/answer`, ANSWER, ids),
    await bot.request('GET', incoming, undefined, ids),
    await bot.request('DELETE', incoming, undefined, ids),
    await bot.request('GET', `${CALLS}/${randomUUID()}`, undefined, ids),
    await bot.request('GET', '/v1.0/nothing', undefined, ids),
    await bot.request('POST', CALLS, '{', ids),
  ]

  expect(replies.map(({ status }) => status)).toEqual([201, 202, 200, 204, 404, 404, 400])
  for (const { headers } of replies) {
    expect(Object.fromEntries(headers)).toMatchObject({ ...ids, 'request-id': expect.stringMatching(GUID) })
  }
  expect(new Set(replies.map(({ headers }) => headers.get('request-id'))).size).toBe(replies.length)
})

async function startBotOnBreakableTables() {
  const tables = await startBreakableStorage(['Table'])
  onTestFinished(() => tables.close())
  const service = await startOwnService({}, tables.rewriteConnectionString)
  onTestFinished(() => service.stop())
  const bot = await newBot({ baseUrl: service.baseUrl, registered: 'communications' })
  return { tables, bot }
}

test('36. a 503 has a Retry-After, and a retry acts only once', async () => {
  const { tables, bot } = await startBotOnBreakableTables()
  const post = (path: string, body: object, id: string, attempt?: number) => {
    const retry = attempt === undefined ? undefined : { 'retry-attempt': String(attempt) }
    return bot.request('POST', path, body, { 'client-request-id': id, ...retry })
  }

  tables.disconnect()
  const [creating, answering, inviting] = newPersonIds(3) as [string, string, string]
  const refused = await post(CALLS, callBody(bot), creating)
  expectError(refused, { status: 503, code: 'serviceNotAvailable' })
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
  tables.reconnect()
  const created = await post(CALLS, callBody(bot), creating, 1)
  expect(created.status).toBe(201)
  const retried = await post(CALLS, callBody(bot), creating, 2)
  expect(retried).toMatchObject({ status: 201, body: { id: created.body.id } })
  await bot.waitFor(3)

  const call = `${CALLS}/${await placeCall(bot)}`
  for (const attempt of [undefined, 1])
    expect((await post(`${call}/answer`, ANSWER, answering, attempt)).status).toBe(202)
  await bot.waitFor(7)

  const { body: meeting } = await bot.request('POST', CALLS, meetingBody(bot.callbackUri))
  await bot.waitFor(10)
  const participants = { participants: [{ identity: user() }] }
  const invite = (attempt?: number) =>
    post(`${CALLS}/${meeting.id}/participants/invite`, participants, inviting, attempt)
  const invited = await invite()
  expect(await invite(1)).toMatchObject({ status: 200, body: { id: invited.body.id } })
  await bot.waitFor(12)
  expect(new Set(bot.received.map(({ body }) => body.value[0].resource.split('/')[3])).size).toBe(3)
  expect(bot.flow().filter((notification) => notification.startsWith('deleted operations'))).toHaveLength(1)
  expect(bot.received).toHaveLength(12)

  // The same client-request-id without retry-attempt is a new request.
  expect((await post(CALLS, callBody(bot), creating)).body.id).not.toBe(created.body.id)
})

test('37. a request whose token was refused succeeds with a new token', async () => {
  const bot = await newBot()
  const ids = { 'client-request-id': randomUUID() }
  const refused = await send(baseUrl, 'POST', CALLS, { token: 'expired', body: callBody(bot), headers: ids })
  expectError(refused, { status: 401, code: 'unauthenticated' })
  expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer\b/)

  const token = await fetchToken(baseUrl, bot)
  expect((await send(baseUrl, 'POST', CALLS, { token, body: callBody(bot), headers: ids })).status).toBe(201)
})

test('38. the first DELETE of a call returns 204, and every later one 404', async () => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)

  expect((await bot.request('DELETE', call)).status).toBe(204)
  expectError(await bot.request('DELETE', call), { status: 404, code: '8522' })
  await bot.waitFor(5)
  expectError(await bot.request('DELETE', call), { status: 404, code: '8522' })
})

test('44. the service does not redirect, and every Location is absolute', async () => {
  const bot = await newBot()
  const meeting = await bot.request('POST', CALLS, meetingBody(bot.callbackUri))
  await bot.waitFor(3)
  const call = `${CALLS}/${meeting.body.id}`
  const invited = await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] })

  for (const { headers } of [meeting, invited])
    expect(headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\.0\//)
  for (const path of [`${call}/`, call.toUpperCase(), call.replaceAll('/', '//').slice(1)]) {
    expect((await bot.request('GET', path)).status).toBe(200)
  }
})

test('45. a client can read the reply with and without support for compression', async () => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)
  for (const encoding of ['gzip', 'gzip, deflate, br', 'identity']) {
    const reply = await bot.request('GET', call, undefined, { 'accept-encoding': encoding })
    expect(reply).toMatchObject({ status: 200, body: { state: 'established' } })
    if (encoding === 'identity') expect(reply.headers.get('content-encoding') ?? encoding).toBe(encoding)
  }
})

/** Sends a request with exactly these headers, which fetch does not allow. */
async function sendRaw(
  bot: TestBot,
  method: string,
  path: string,
  { headers, chunks }: { headers: Record<string, string>; chunks: readonly string[] },
) {
  const token = await fetchToken(baseUrl, bot)
  const request = httpRequest(new URL(path, baseUrl), {
    method,
    headers: { ...headers, authorization: `Bearer ${token}` },
  })
  for (const chunk of chunks) request.write(chunk)
  request.end()
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject)
  })
  const text = Buffer.concat(await response.toArray()).toString()
  return { status: response.statusCode, sent: request.getHeaders(), body: JSON.parse(text) }
}
