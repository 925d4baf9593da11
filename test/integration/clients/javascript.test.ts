import { randomUUID } from 'node:crypto'
import { ClientSecretCredential } from '@azure/identity'
import {
  BatchRequestContent,
  BatchResponseContent,
  Client,
  GraphError,
  type GraphRequest,
} from '@microsoft/microsoft-graph-client'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type HttpsService, startHttpsService } from '../../support/httpsService.js'
import { startOwnService } from '../../support/ownService.js'
import { ANSWER, APP_HOSTED, callBody, placeCall } from '../../support/scenarios.js'
import { fetchToken, SERVICE_HOSTED, startBot, type TestBot, user } from '../../support/testBot.js'
import { mediaPrompt } from './prompts.js'

// Microsoft's JavaScript client with its default middleware, and the library that fetches its tokens.

let service: HttpsService

beforeAll(async () => {
  service = await startHttpsService('', {}, startOwnService)
})
afterAll(() => service.stop())

async function newClient(): Promise<{ bot: TestBot; graph: Client }> {
  const bot = await startBot(service.origin)
  onTestFinished(() => bot.close())
  const { host, hostname } = new URL(service.origin)
  const graph = Client.init({
    baseUrl: `https://${host}/`,
    defaultVersion: 'v1.0',
    // The client sends its token to known hosts only.
    customHosts: new Set([hostname]),
    authProvider: async (done) => done(null, await fetchToken(service.origin, bot)),
  })
  return { bot, graph }
}

/** Lets a test see or replace the replies that the client gets, until the test ends. */
function interceptFetch(intercept: (reply: Response, url: string) => Promise<Response>): void {
  const { fetch } = globalThis
  onTestFinished(() => {
    globalThis.fetch = fetch
  })
  globalThis.fetch = async (input, init) => intercept(await fetch(input, init), String(input))
}

const CALLS = '/communications/calls'
const heidi = { identity: { '@odata.type': '#microsoft.graph.identitySet', ...user('heidi') } }
const meeting = ({ callbackUri }: TestBot) => ({
  '@odata.type': '#microsoft.graph.call',
  callbackUri,
  requestedModalities: ['audio'],
  mediaConfig: SERVICE_HOSTED,
  chatInfo: { '@odata.type': '#microsoft.graph.chatInfo', threadId: '19:meeting@thread.v2', messageId: '0' },
  meetingInfo: {
    '@odata.type': '#microsoft.graph.organizerMeetingInfo',
    organizer: { '@odata.type': '#microsoft.graph.identitySet', ...user('organizer') },
  },
})

test('the client creates a call, invites a participant, lists and reads resources, and hangs up', async () => {
  const { bot, graph } = await newClient()
  const call = await graph.api(CALLS).post(meeting(bot))
  expect(call).toMatchObject({ state: 'establishing', tenantId: bot.tenantId, callbackUri: bot.callbackUri })
  await bot.waitFor(4)
  expect(await graph.api(`${CALLS}/${call.id}`).get()).toMatchObject({ id: call.id, state: 'established' })

  const body = { participants: [heidi], clientContext: 'a context' }
  const operation = await graph.api(`${CALLS}/${call.id}/participants/invite`).post(body)
  expect(operation).toMatchObject({ status: 'running', clientContext: 'a context' })
  await bot.waitFor(6)
  const later = await graph.api(`${CALLS}/${call.id}/operations/${operation.id}`).get()
  expect(later).toMatchObject({ id: operation.id, status: 'completed', resultInfo: { code: 200 } })

  const { value } = await graph.api(`${CALLS}/${call.id}/participants`).get()
  expect(value).toHaveLength(2)
  const me = await graph.api(`${CALLS}/${call.id}/participants/${call.myParticipantId}`).get()
  expect(me.info.identity.application.id).toBe(bot.applicationId)
  const emptyReply = await graph.api(`${CALLS}/${call.id}/keepAlive`).post(null)
  expect(await new Response(emptyReply).text()).toBe('')
  expect(await graph.api(`${CALLS}/${call.id}`).delete()).toBeUndefined()
  await bot.waitFor(8)
  expect(bot.flow().slice(-2)).toEqual(['updated call terminating', 'deleted call terminated'])
})

test('the client answers a call with the short and with the qualified name of the action', async () => {
  for (const action of ['answer', 'microsoft.graph.answer']) {
    const { bot, graph } = await newClient()
    await bot.register('communications')
    const from = user('caller')
    const { body } = await bot.request('POST', '/simulator/calls', {
      to: { application: { id: bot.applicationId } },
      from,
    })
    // The client fails on an empty reply with the content type of JSON.
    const reply = await graph.api(`${CALLS}/${body.id}/${action}`).post({
      callbackUri: bot.callbackUri,
      acceptedModalities: ['audio'],
      mediaConfig: SERVICE_HOSTED,
    })
    expect(await new Response(reply).text()).toBe('')
    await bot.waitFor(4)
    expect(bot.flow()[2]).toBe('updated call established')
  }
})

type Method = 'get' | 'post' | 'patch' | 'delete'
/**
 * A request and its reply: method, path below the call, body, status and type. Ids in braces are those of the roster,
 * or the last id that a reply had.
 */
type Step = readonly [Method, path: string, body: object | null | undefined, status: number, type?: string]
interface Scenario {
  readonly of: string
  /** Starts a call and returns its path, after the notifications of its start. */
  readonly start: (bot: TestBot, graph: Client) => Promise<string>
  readonly steps: readonly Step[]
}

const startIncoming = async (bot: TestBot): Promise<string> => {
  await bot.register('communications')
  return `${CALLS}/${await placeCall(bot)}`
}
async function startCall(bot: TestBot, graph: Client, body: object = callBody(bot)): Promise<string> {
  const { id } = await graph.api(CALLS).post(body)
  await bot.waitFor('targets' in body ? 3 : 4)
  return `${CALLS}/${id}`
}
const prompts = [mediaPrompt('hello.wav')]
const clientContext = 'mine'
const mixerLevels = [{ participant: '{heidi}', exclusive: true, sourceLevels: [{ participant: '{bot}', level: 0 }] }]
const quality = {
  callChainId: randomUUID(),
  participantId: randomUUID(),
  mediaLegId: randomUUID(),
  deviceName: 'Room 1',
  deviceDescription: 'A room',
  mediaQualityList: [{ '@odata.type': '#microsoft.graph.teleconferenceDeviceAudioQuality', channelIndex: 1 }],
}

const scenarios: readonly Scenario[] = [
  { of: 'incoming call: answer', start: startIncoming, steps: [['post', '/answer', ANSWER, 202]] },
  { of: 'incoming call: reject', start: startIncoming, steps: [['post', '/reject', { reason: 'busy' }, 202]] },
  {
    of: 'incoming call: redirect',
    start: startIncoming,
    steps: [['post', '/redirect', { targets: [heidi], timeout: 30 }, 202]],
  },
  {
    of: 'call to a person',
    start: startCall,
    steps: [
      ['get', '', undefined, 200, 'call'],
      ['post', '/keepAlive', null, 200],
      ['post', '/mute', { clientContext }, 200, 'muteParticipantOperation'],
      ['post', '/unmute', { clientContext }, 200, 'unmuteParticipantOperation'],
      ['post', '/subscribeToTone', { clientContext }, 200, 'subscribeToToneOperation'],
      ['post', '/playPrompt', { prompts, clientContext }, 200, 'playPromptOperation'],
      ['post', '/recordResponse', { prompts, stopTones: ['#'] }, 200, 'recordOperation'],
      ['post', '/cancelMediaProcessing', { clientContext }, 200, 'cancelMediaProcessingOperation'],
      ['post', '/sendDtmfTones', { tones: ['tone1', 'star'] }, 200, 'sendDtmfTonesOperation'],
      ['get', '/operations/{last}', undefined, 200, 'sendDtmfTonesOperation'],
      ['get', '/contentSharingSessions', undefined, 200, 'list of 0'],
      ['post', '/transfer', { transferTarget: heidi }, 202],
    ],
  },
  {
    of: 'meeting',
    start: (bot, graph) => startCall(bot, graph, meeting(bot)),
    steps: [
      ['post', '/participants/invite', { participants: [heidi], clientContext }, 200, 'inviteParticipantsOperation'],
      ['get', '/participants', undefined, 200, 'list of participant'],
      ['get', '/participants/{bot}', undefined, 200, 'participant'],
      ['post', '/participants/{heidi}/mute', { clientContext }, 200, 'muteParticipantOperation'],
      ['post', '/participants/{heidi}/startHoldMusic', { customPrompt: prompts[0] }, 202, 'startHoldMusicOperation'],
      ['post', '/participants/{heidi}/stopHoldMusic', { clientContext }, 202, 'stopHoldMusicOperation'],
      ['post', '/participants/muteAll', { participants: [], clientContext }, 200, 'commsOperation'],
      ['post', '/participants/configureMixer', { participantMixerLevels: mixerLevels }, 200, 'commsOperation'],
      ['post', '/addLargeGalleryView', { clientContext }, 202, 'addLargeGalleryViewOperation'],
      ['post', '/updateRecordingStatus', { status: 'recording' }, 200, 'updateRecordingStatusOperation'],
      [
        'post',
        '/audioRoutingGroups',
        { routingMode: 'oneToOne', sources: ['{bot}'], receivers: ['{heidi}'] },
        200,
        'audioRoutingGroup',
      ],
      ['get', '/audioRoutingGroups', undefined, 200, 'list of audioRoutingGroup'],
      ['get', '/audioRoutingGroups/{last}', undefined, 200, 'audioRoutingGroup'],
      ['patch', '/audioRoutingGroups/{last}', { routingMode: 'multicast' }, 200, 'audioRoutingGroup'],
      ['delete', '/audioRoutingGroups/{last}', undefined, 204],
      ['delete', '/participants/{heidi}', undefined, 204],
      ['delete', '', undefined, 204],
    ],
  },
  {
    of: 'meeting with application-hosted media',
    start: (bot, graph) => startCall(bot, graph, { ...meeting(bot), mediaConfig: APP_HOSTED }),
    steps: [
      ['post', '/changeScreenSharingRole', { role: 'sharer' }, 202],
      ['get', '/contentSharingSessions', undefined, 200, 'list of contentSharingSession'],
      ['get', '/contentSharingSessions/{last}', undefined, 200, 'contentSharingSession'],
    ],
  },
  {
    of: 'list of calls',
    start: async () => CALLS,
    steps: [['post', '/logTeleconferenceDeviceQuality', { quality }, 200]],
  },
]

const send = (request: GraphRequest, method: Method, body: object | null | undefined) =>
  method === 'post' || method === 'patch' ? request[method](body) : request[method]()

/** Names the type of a reply: undefined for an empty one. The client returns the empty body as a stream. */
async function typeOf(reply: { '@odata.type'?: string; value?: object[] } | undefined): Promise<string | undefined> {
  if (reply === undefined || reply instanceof ReadableStream) {
    expect(await new Response(reply).text()).toBe('')
    return undefined
  }
  if (reply.value) return `list of ${reply.value[0] ? await typeOf(reply.value[0]) : 0}`
  return reply['@odata.type']?.replace('#microsoft.graph.', '')
}

/** Replaces names in braces by their ids. */
const fillIn = (text: string, ids: Record<string, string>) =>
  text.replaceAll(/\{(\w+)\}/g, (_, name) => ids[name] ?? name)

test.each(scenarios)('the client calls every operation of: $of', async ({ start, steps }) => {
  const { bot, graph } = await newClient()
  const path = await start(bot, graph)
  const statuses: number[] = []
  interceptFetch(async (reply) => {
    statuses.push(reply.status)
    return reply
  })
  const ids: Record<string, string> = {}
  for (const [method, part, body, status, type] of steps) {
    const filled = body && JSON.parse(fillIn(JSON.stringify(body), ids))
    const reply = await send(graph.api(path + fillIn(part, ids)), method, filled)
    expect([method, part, statuses.at(-1), await typeOf(reply)]).toEqual([method, part, status, type])
    ids.last = reply?.id ?? reply?.value?.[0]?.id ?? ids.last
    if (part === '/participants/invite') await bot.waitFor(6)
    for (const { id, info } of part === '/participants' ? reply.value : []) {
      ids[info.identity.user ? 'heidi' : 'bot'] = id
    }
  }
})

test('the batch helpers of the client send requests that depend on each other, and read their replies', async () => {
  const { bot, graph } = await newClient()
  // In Node.js a request needs an origin, which the client removes.
  const request = (path: string, init?: RequestInit) => new Request(`https://graph.microsoft.com${path}`, init)
  const json = { 'content-type': 'application/json' }
  const create = request(CALLS, { method: 'POST', headers: json, body: JSON.stringify(meeting(bot)) })
  const content = new BatchRequestContent([
    { id: 'create', request: create },
    { id: 'unknown', request: request(`${CALLS}/${randomUUID()}`), dependsOn: ['create'] },
    { id: 'late', request: request(`${CALLS}/${randomUUID()}`, { method: 'DELETE' }), dependsOn: ['unknown'] },
  ])
  const replies = new BatchResponseContent(await graph.api('/$batch').post(await content.getContent()))
  const statusOf = (id: string) => replies.getResponseById(id).status
  expect(['create', 'unknown', 'late'].map(statusOf)).toEqual([201, 404, 424])
  const created = (await replies.getResponseById('create').json()) as Record<string, string>
  expect(created).toMatchObject({ state: 'establishing', callbackUri: bot.callbackUri })
  expect(replies.getResponseById('create').headers.get('location')).toBe(`${service.origin}/v1.0${CALLS}/${created.id}`)

  const selected = await graph.api(`${CALLS}/${created.id}`).select(['state', 'subject']).get()
  expect(Object.keys(selected).filter((name) => !name.startsWith('@'))).toEqual(['id', 'state', 'subject'])
  await graph.api(`${CALLS}/${created.id}`).delete()
  const record = await graph
    .api(`/communications/callRecords/${created.callChainId}`)
    .expand('sessions($expand=segments)')
    .get()
  expect(record).toMatchObject({ type: 'groupCall', sessions: [{ segments: [{}] }] })
  const { value } = await graph
    .api('/communications/callRecords')
    .filter(`startDateTime ge ${record.startDateTime}`)
    .get()
  expect(value.map(({ id }: { id: string }) => id)).toEqual([created.id])
})

test('the client accepts an absolute URL', async () => {
  const { graph } = await newClient()
  const unknown = `${service.origin}/beta${CALLS}/${randomUUID()}`
  await expect(graph.api(unknown).get()).rejects.toMatchObject({ statusCode: 404, code: '8522' })
})

test('the client throws a GraphError with the code and the message of the service', async () => {
  const { bot, graph } = await newClient()
  const failures = [
    [() => graph.api(`${CALLS}/${randomUUID()}`).get(), 404, '8522', 'Call not found.'],
    [() => graph.api(`${CALLS}/${randomUUID()}`).delete(), 404, '8522', 'Call not found.'],
    [() => graph.api(CALLS).post({ ...meeting(bot), callbackUri: undefined }), 400, 'invalidRequest', 'callbackUri'],
    [() => graph.api(`${CALLS}/${randomUUID()}/hangup`).post({}), 404, 'itemNotFound', '/hangup'],
  ] as const
  for (const [send, statusCode, code, says] of failures) {
    const error = await send().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(GraphError)
    expect(error).toMatchObject({ statusCode, code, message: expect.stringContaining(says) })
    expect(JSON.parse((error as GraphError).body).innerError['request-id']).toBe((error as GraphError).requestId)
  }
})

test('the service accepts the token that @azure/identity fetches from it', async () => {
  const credential = new ClientSecretCredential(randomUUID(), randomUUID(), 'any', {
    authorityHost: service.origin,
    // Otherwise it asks Microsoft whether to trust an unknown authority.
    disableInstanceDiscovery: true,
  })
  const { token, expiresOnTimestamp } = await credential.getToken('https://graph.microsoft.com/.default')
  expect(expiresOnTimestamp).toBeGreaterThan(Date.now())
  const headers = { authorization: `Bearer ${token}` }
  const reply = await fetch(`${service.origin}/v1.0${CALLS}/${randomUUID()}`, { headers })
  expect(await reply.json()).toMatchObject({ error: { code: '8522' } })
})

test('the automatic retry of the client after a lost reply creates no second call', async () => {
  const { bot, graph } = await newClient()
  const lostCallIds: string[] = []
  interceptFetch(async (reply, url) => {
    if (lostCallIds.length > 0 || !url.endsWith(CALLS)) return reply
    lostCallIds.push(((await reply.json()) as { id: string }).id)
    return new Response('', { status: 503, headers: { 'retry-after': '1' } })
  })
  const call = await graph.api(CALLS).post(meeting(bot))
  expect(lostCallIds).toEqual([call.id])
  await bot.waitFor(4)
  expect(new Set(bot.received.map(({ body }) => body.value[0].resourceUrl.split('/')[3]))).toEqual(new Set([call.id]))
})
