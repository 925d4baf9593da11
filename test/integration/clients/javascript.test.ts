import { randomUUID } from 'node:crypto'
import { ClientSecretCredential } from '@azure/identity'
import { Client, GraphError } from '@microsoft/microsoft-graph-client'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type HttpsService, startHttpsService } from '../../support/httpsService.js'
import { fetchToken, SERVICE_HOSTED, startBot, type TestBot, user } from '../../support/testBot.js'

// Microsoft's JavaScript client with its default middleware, and the library that fetches its tokens.

let service: HttpsService

beforeAll(async () => {
  service = await startHttpsService()
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
  const { fetch } = globalThis
  onTestFinished(() => {
    globalThis.fetch = fetch
  })
  globalThis.fetch = async (input, init) => {
    const reply = await fetch(input, init)
    if (lostCallIds.length > 0 || !String(input).endsWith(CALLS)) return reply
    lostCallIds.push(((await reply.json()) as { id: string }).id)
    return new Response('', { status: 503, headers: { 'retry-after': '1' } })
  }
  const call = await graph.api(CALLS).post(meeting(bot))
  expect(lostCallIds).toEqual([call.id])
  await bot.waitFor(4)
  expect(new Set(bot.received.map(({ body }) => body.value[0].resourceUrl.split('/')[3]))).toEqual(new Set([call.id]))
})
