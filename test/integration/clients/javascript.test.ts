import { randomUUID } from 'node:crypto'
import { ClientSecretCredential } from '@azure/identity'
import { Client, GraphError } from '@microsoft/microsoft-graph-client'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { fetchToken, SERVICE_HOSTED, startBot, type TestBot, user } from '../../support/bot.js'
import { type HttpsService, startHttpsService } from '../../support/httpsService.js'

// Microsoft's JavaScript client with all of its own middleware, and the library that gets its tokens.

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
    // Without its host, the client sends no token there.
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

test('it creates a call, invites, lists, reads and hangs up', async () => {
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
  const kept = await graph.api(`${CALLS}/${call.id}/keepAlive`).post(null)
  expect(await new Response(kept).text()).toBe('')
  expect(await graph.api(`${CALLS}/${call.id}`).delete()).toBeUndefined()
  await bot.waitFor(8)
  expect(bot.flow().slice(-2)).toEqual(['updated call terminating', 'deleted call terminated'])
})

test('it answers a call, in the short and in the qualified spelling of the action', async () => {
  for (const action of ['answer', 'microsoft.graph.answer']) {
    const { bot, graph } = await newClient()
    await bot.register('communications')
    const from = user('caller')
    const { body } = await bot.request('POST', '/simulator/calls', {
      to: { application: { id: bot.applicationId } },
      from,
    })
    // Nothing is in the reply, and nothing must say that there is.
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

test('an absolute address is as good as a relative one', async () => {
  const { graph } = await newClient()
  const unknown = `${service.origin}/beta${CALLS}/${randomUUID()}`
  await expect(graph.api(unknown).get()).rejects.toMatchObject({ statusCode: 404, code: '8522' })
})

test('errors arrive as its own, with code and message', async () => {
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

test('@azure/identity gets a token here, and the service takes it', async () => {
  const credential = new ClientSecretCredential(randomUUID(), randomUUID(), 'any', {
    authorityHost: service.origin,
    // It asks Microsoft whether to trust an authority that it does not know.
    disableInstanceDiscovery: true,
  })
  const { token, expiresOnTimestamp } = await credential.getToken('https://graph.microsoft.com/.default')
  expect(expiresOnTimestamp).toBeGreaterThan(Date.now())
  const headers = { authorization: `Bearer ${token}` }
  const reply = await fetch(`${service.origin}/v1.0${CALLS}/${randomUUID()}`, { headers })
  expect(await reply.json()).toMatchObject({ error: { code: '8522' } })
})

test('a call whose reply was lost is not made twice when the client tries again by itself', async () => {
  const { bot, graph } = await newClient()
  const lost: string[] = []
  const { fetch } = globalThis
  onTestFinished(() => {
    globalThis.fetch = fetch
  })
  globalThis.fetch = async (input, init) => {
    const reply = await fetch(input, init)
    if (lost.length > 0 || !String(input).endsWith(CALLS)) return reply
    lost.push(((await reply.json()) as { id: string }).id)
    return new Response('', { status: 503, headers: { 'retry-after': '1' } })
  }
  const call = await graph.api(CALLS).post(meeting(bot))
  expect(lost).toEqual([call.id])
  await bot.waitFor(4)
  expect(new Set(bot.received.map(({ body }) => body.value[0].resourceUrl.split('/')[3]))).toEqual(new Set([call.id]))
})
