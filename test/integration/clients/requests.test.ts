import { randomUUID } from 'node:crypto'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { expect, inject, onTestFinished, test } from 'vitest'
import { fetchToken, joinMeeting, send, startBot, type TestBot, user } from '../../support/bot.js'
import {
  ANSWER,
  COMMUNICATIONS,
  callTo,
  establishCall,
  establishMeeting,
  expectError,
  GUID,
  newBot,
  newPeople,
  placeCall,
} from '../../support/bots.js'
import { startBreakableStorage } from '../../support/breakableStorage.js'
import { startService } from '../../support/service.js'

// What public bots and Microsoft's own libraries send, and need in replies. The numbers are those of the list in list.test.ts.

const CALLS = COMMUNICATIONS.calls
const baseUrl = inject('baseUrl')

test('6. a reply without content says so: no type, and no length but 0', async () => {
  const bot = await newBot({ registered: 'communications' })
  const call = `${CALLS}/${await placeCall(bot)}`
  const answered = await bot.request('POST', `${call}/answer`, ANSWER)
  const ended = await bot.request('DELETE', call)

  expect([answered.status, ended.status]).toEqual([202, 204])
  // The JavaScript client fails on an empty body that is called JSON.
  for (const { headers } of [answered, ended]) expect(headers.get('content-type')).toBeNull()
  expect(answered.headers.get('content-length')).toBe('0')
  expect(ended.headers.get('content-length') ?? '0').toBe('0')
})

test('20. the reply to a create has all that is needed from then on, and an absolute Location', async () => {
  const bot = await newBot()
  for (const body of [callTo(bot), joinMeeting(bot.callbackUri)]) {
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

test('25. what clients write around the values is no obstacle: types without #, capitals, $id, nulls, unknown names', async () => {
  const bot = await newBot({ registered: 'communications' })
  const target = { identity: user() }
  const { callbackUri, tenantId, applicationId } = bot
  const ofStatefulSdk = {
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
  }
  const ofV4 = {
    ...callTo(bot),
    '@odata.type': 'microsoft.graph.call',
    requestedModalities: ['audio'],
    mediaConfig: { '@odata.type': 'microsoft.graph.serviceHostedMediaConfig' },
  }
  const ofPython = {
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
  }
  for (const body of [ofStatefulSdk, ofV4, ofPython]) {
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

test('26. a list that is wrapped to preserve references is refused', async () => {
  const bot = await newBot()
  const targets = { $id: '2', $values: [{ $id: '3', identity: user() }] }

  expectError(await bot.request('POST', CALLS, { ...callTo(bot), $id: '1', targets }), {
    status: 400,
    code: 'invalidRequest',
    says: 'targets',
  })
})

test('27. a body may come in chunks, without a length', async () => {
  const bot = await newBot()
  const reply = await sendRaw(bot, 'POST', CALLS, {
    headers: { 'content-type': 'application/json; charset=utf-8', 'transfer-encoding': 'chunked' },
    chunks: JSON.stringify(callTo(bot)).match(/.{1,30}/g) ?? [],
  })

  expect(reply.sent).toMatchObject({ 'transfer-encoding': 'chunked' })
  expect(reply.sent).not.toHaveProperty('content-length')
  expect(reply).toMatchObject({ status: 201, body: { callbackUri: bot.callbackUri } })
})

test('34. everything that goes wrong is told in one and the same JSON', async () => {
  const bot = await newBot()
  const weak = await newBot({ roles: '' })
  const call = await establishMeeting(bot, COMMUNICATIONS)
  const id = { 'client-request-id': randomUUID() }
  const gone = `${CALLS}/${randomUUID()}`
  const big = { ...callTo(bot), subject: 'x'.repeat(300_000) }

  expectError(await bot.request('GET', gone, undefined, id), { status: 404, code: '8522', says: 'Call not found.' })
  expectError(await bot.request('POST', `${gone}/answer`, ANSWER, id), { status: 404, code: '8522' })
  expectError(await bot.request('GET', '/v1.0/nothing', undefined, id), { status: 404, code: 'itemNotFound' })
  expectError(await bot.request('POST', CALLS, '{', id), { status: 400, code: 'invalidRequest' })
  expectError(await bot.request('POST', CALLS, big, id), { status: 413, code: 'invalidRequest' })
  expectError(await bot.request('POST', `${call}/answer`, ANSWER, id), { status: 409, code: 'notAllowed' })
  expectError(await weak.request('POST', CALLS, callTo(weak), id), { status: 403, code: '7504' })
  expectError(await send(baseUrl, 'x', 'GET', call, undefined, id), { status: 401, code: 'unauthenticated' })
  expectError(await send(baseUrl, undefined, 'GET', call, undefined, id), { status: 401, code: 'unauthenticated' })
})

test('35. each reply has an id of its own, and those that the client has sent', async () => {
  const bot = await newBot({ registered: 'communications' })
  const ids = { 'client-request-id': randomUUID(), 'scenario-id': randomUUID() }
  const incoming = `${CALLS}/${await placeCall(bot)}`
  const replies = [
    await bot.request('POST', CALLS, callTo(bot), ids),
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

test('36. who is asked to come again is told when, and by coming again does nothing twice', async () => {
  const tables = await startBreakableStorage(['Table'])
  onTestFinished(() => tables.close())
  const service = await startService({}, tables.through)
  onTestFinished(() => service.stop())
  const bot = await startBot(service.baseUrl)
  onTestFinished(() => bot.close())
  await bot.register('communications')
  const post = (path: string, body: object, id: string, attempt?: number) => {
    const retry = attempt === undefined ? undefined : { 'retry-attempt': String(attempt) }
    return bot.request('POST', path, body, { 'client-request-id': id, ...retry })
  }

  tables.cut()
  const [creating, answering, inviting] = newPeople(3) as [string, string, string]
  const refused = await post(CALLS, callTo(bot), creating)
  expectError(refused, { status: 503, code: 'serviceNotAvailable' })
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
  tables.mend()
  const created = await post(CALLS, callTo(bot), creating, 1)
  expect(created.status).toBe(201)
  const again = await post(CALLS, callTo(bot), creating, 2)
  expect(again).toMatchObject({ status: 201, body: { id: created.body.id } })
  await bot.waitFor(3)

  const call = `${CALLS}/${await placeCall(bot)}`
  for (const attempt of [undefined, 1])
    expect((await post(`${call}/answer`, ANSWER, answering, attempt)).status).toBe(202)
  await bot.waitFor(7)

  const { body: meeting } = await bot.request('POST', CALLS, joinMeeting(bot.callbackUri))
  await bot.waitFor(10)
  const participants = { participants: [{ identity: user() }] }
  const invite = (attempt?: number) =>
    post(`${CALLS}/${meeting.id}/participants/invite`, participants, inviting, attempt)
  const invited = await invite()
  expect(await invite(1)).toMatchObject({ status: 200, body: { id: invited.body.id } })
  await bot.waitFor(12)
  expect(new Set(bot.received.map(({ body }) => body.value[0].resource.split('/')[3])).size).toBe(3)
  expect(bot.flow().filter((one) => one.startsWith('deleted operations'))).toHaveLength(1)
  expect(bot.received).toHaveLength(12)

  // The same id without the word that it comes again is a new request.
  expect((await post(CALLS, callTo(bot), creating)).body.id).not.toBe(created.body.id)
})

test('37. whose token is refused gets through with a new one', async () => {
  const bot = await newBot()
  const ids = { 'client-request-id': randomUUID() }
  const refused = await send(baseUrl, 'expired', 'POST', CALLS, callTo(bot), ids)
  expectError(refused, { status: 401, code: 'unauthenticated' })
  expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer\b/)

  const token = await fetchToken(baseUrl, bot)
  expect((await send(baseUrl, token, 'POST', CALLS, callTo(bot), ids)).status).toBe(201)
})

test('38. a call is hung up once: 204, and then 404', async () => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)

  expect((await bot.request('DELETE', call)).status).toBe(204)
  expectError(await bot.request('DELETE', call), { status: 404, code: '8522' })
  await bot.waitFor(5)
  expectError(await bot.request('DELETE', call), { status: 404, code: '8522' })
})

test('44. nobody is sent elsewhere, and every Location is absolute', async () => {
  const bot = await newBot()
  const meeting = await bot.request('POST', CALLS, joinMeeting(bot.callbackUri))
  await bot.waitFor(3)
  const call = `${CALLS}/${meeting.body.id}`
  const invited = await bot.request('POST', `${call}/participants/invite`, { participants: [{ identity: user() }] })

  for (const { headers } of [meeting, invited])
    expect(headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1\.0\//)
  for (const path of [`${call}/`, call.toUpperCase(), call.replaceAll('/', '//').slice(1)]) {
    expect((await bot.request('GET', path)).status).toBe(200)
  }
})

test('45. a client that can unpack what is packed reads the reply, and so does one that cannot', async () => {
  const bot = await newBot()
  const call = await establishCall(bot, COMMUNICATIONS)
  for (const encoding of ['gzip', 'gzip, deflate, br', 'identity']) {
    const reply = await bot.request('GET', call, undefined, { 'accept-encoding': encoding })
    expect(reply).toMatchObject({ status: 200, body: { state: 'established' } })
    if (encoding === 'identity') expect(reply.headers.get('content-encoding') ?? encoding).toBe(encoding)
  }
})

/** A request of which every header is known, which fetch does not allow. */
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
