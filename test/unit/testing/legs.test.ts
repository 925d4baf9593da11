import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Bot, type Ringback, startRingback } from '../../../testing/index.js'
import { generateMemoryKeys } from '../../support/memoryKeys.js'

beforeAll(generateMemoryKeys)

const CALLS = '/v1.0/communications/calls'
const MEDIA = { '@odata.type': '#microsoft.graph.serviceHostedMediaConfig' }

async function start(): Promise<{ ringback: Ringback; caller: Bot; callee: Bot }> {
  const ringback = await startRingback({ listen: false })
  onTestFinished(() => ringback.stop())
  return {
    ringback,
    caller: await ringback.bot({ displayName: 'Caller' }),
    callee: await ringback.bot({ displayName: 'Callee' }),
  }
}

/** One application calls the other one. Returns the ids of both legs. */
async function callApplication({
  caller,
  callee,
}: {
  caller: Bot
  callee: Bot
}): Promise<{ outgoing: string; incoming: string }> {
  const created = await caller.request('POST', CALLS, {
    callbackUri: caller.callbackUrl,
    tenantId: caller.tenantId,
    requestedModalities: ['audio'],
    mediaConfig: MEDIA,
    targets: [{ identity: { application: { id: callee.applicationId } } }],
  })
  expect(created.status).toBe(201)
  const { callId: incoming } = await callee.waitFor('created call incoming')
  const { id: outgoing } = (await created.json()) as { id: string }
  return { outgoing, incoming }
}

const answerCall = (bot: Bot, callId: string) =>
  bot.request('POST', `${CALLS}/${callId}/answer`, {
    callbackUri: bot.callbackUrl,
    acceptedModalities: ['audio'],
    mediaConfig: MEDIA,
  })

test('an application calls another one, which answers and hangs up', async () => {
  const { caller, callee } = await start()
  const { incoming } = await callApplication({ caller, callee })
  expect((await answerCall(callee, incoming)).status).toBe(202)
  await caller.waitFor('updated call established')
  await callee.waitFor('updated call established')
  expect((await callee.request('DELETE', `${CALLS}/${incoming}`)).status).toBe(204)
  const ended = await caller.waitFor('deleted call terminated')
  expect(ended.body.value[0].resourceData.resultInfo).toMatchObject({ code: 200, subcode: 4521 })
})

test('the caller hangs up, before the answer and after it', async () => {
  const { caller, callee } = await start()
  const first = await callApplication({ caller, callee })
  await caller.request('DELETE', `${CALLS}/${first.outgoing}`)
  await callee.waitFor({ callId: first.incoming, summary: 'deleted call terminated' })
})

test('the caller hangs up an answered call', async () => {
  const { caller, callee } = await start()
  const { outgoing, incoming } = await callApplication({ caller, callee })
  await answerCall(callee, incoming)
  await caller.waitFor('updated call established')
  await caller.request('DELETE', `${CALLS}/${outgoing}`)
  await callee.waitFor('deleted call terminated')
})

test.each([
  ['busy', 486],
  ['forbidden', 403],
  ['none', 603],
])('a rejection with %s ends the call of the caller with %i', async (reason, code) => {
  const { caller, callee } = await start()
  const { incoming } = await callApplication({ caller, callee })
  await callee.request('POST', `${CALLS}/${incoming}/reject`, { reason })
  const { body } = await caller.waitFor('deleted call terminated')
  expect(body.value[0].resourceData.resultInfo).toMatchObject({ code })
})

test('a called application redirects the call to a person, who answers', async () => {
  const { ringback, caller, callee } = await start()
  const { outgoing, incoming } = await callApplication({ caller, callee })
  const targets = [{ identity: { user: { id: 'amar' } } }]
  expect((await callee.request('POST', `${CALLS}/${incoming}/redirect`, { targets })).status).toBe(202)
  await ringback.person('amar').answers()
  await caller.waitFor('updated call established')
  await callee.waitFor('deleted call terminated')
  expect(await (await caller.request('GET', `${CALLS}/${outgoing}`)).json()).toMatchObject({ state: 'established' })
  await ringback.person('amar').leaves()
  await caller.waitFor('deleted call terminated')
})

test('an application is simulated where the settings say so', async () => {
  const ringback = await startRingback({ listen: false, settings: { SIMULATE_APPLICATIONS: true } })
  onTestFinished(() => ringback.stop())
  const caller = await ringback.bot()
  const id = crypto.randomUUID()
  const created = await caller.request('POST', CALLS, {
    callbackUri: caller.callbackUrl,
    tenantId: caller.tenantId,
    requestedModalities: ['audio'],
    mediaConfig: MEDIA,
    targets: [{ identity: { application: { id } } }],
  })
  expect(created.status).toBe(201)
  const { id: callId } = (await created.json()) as { id: string }
  const call = ringback.calls.find((candidate) => candidate.id === callId)
  expect(await call?.state()).toBe('establishing')
  await ringback.advance('1m')
  expect(await call?.state()).toBe('terminated')
})

test('an application that is not registered is unreachable', async () => {
  const { ringback, caller } = await start()
  const created = await caller.request('POST', CALLS, {
    callbackUri: caller.callbackUrl,
    tenantId: caller.tenantId,
    requestedModalities: ['audio'],
    mediaConfig: MEDIA,
    targets: [{ identity: { application: { id: crypto.randomUUID() } } }],
  })
  expect(created.status).toBe(201)
  const { body } = await ringback.waitFor('deleted call terminated')
  expect(body.value[0].resourceData.resultInfo).toMatchObject({ code: 480, subcode: 10076 })
})

test('an application that does not answer is unreachable, and its own call ends', async () => {
  const { ringback, caller, callee } = await start()
  await callApplication({ caller, callee })
  await ringback.advance('30s')
  await caller.waitFor('deleted call terminated')
  await callee.waitFor('deleted call terminated')
})

test('neither application can see the call of the other one', async () => {
  const { caller, callee } = await start()
  const { outgoing, incoming } = await callApplication({ caller, callee })
  for (const [bot, foreign] of [
    [caller, incoming],
    [callee, outgoing],
  ] as const) {
    expect((await bot.request('GET', `${CALLS}/${foreign}`)).status).toBe(404)
    expect((await bot.request('DELETE', `${CALLS}/${foreign}`)).status).toBe(404)
  }
})
