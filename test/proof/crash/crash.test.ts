import { randomUUID } from 'node:crypto'
import { QueueServiceClient } from '@azure/storage-queue'
import { expect, onTestFinished, test } from 'vitest'
import { AzureTables } from '../../../shared/storage/azure.js'
import { CallStore } from '../../../shared/storage/callStore.js'
import { type Received, SERVICE_HOSTED, startBot, type TestBot, user } from '../../support/bot.js'
import { type RunningService, startService } from '../../support/service.js'
import { present } from '../../support/world.js'
import { header, SHORTER } from './harness.js'
import { startQueueProxy } from './queueProxy.js'

// The service is killed in the middle of what it does, and started again on the same storage.

/** From the kill until everything is delivered: the start of a process, a bucket of 5 s, a lease, a sweep, and time to spare. */
const BOUND_MS = 15_000
const TEST_TIMEOUT_MS = 60_000
const PATIENTLY = { timeout: 10_000 }
const CALLS = '/v1.0/communications/calls'

async function start(through?: (storage: string) => string): Promise<{ service: RunningService; bot: TestBot }> {
  const service = await startService(SHORTER, through)
  onTestFinished(() => service.stop())
  const bot = await startBot(service.baseUrl)
  onTestFinished(() => bot.close())
  return { service, bot }
}

const createCall = (bot: TestBot) => {
  const body = {
    callbackUri: bot.callbackUri,
    targets: [{ identity: user(randomUUID()) }],
    mediaConfig: SERVICE_HOSTED,
  }
  return bot.request('POST', CALLS, body)
}
const storeOf = ({ storage }: RunningService) => new CallStore(new AzureTables(storage))
const sequencesOf = (received: readonly Received[]) => received.map(header('ringback-sequence')).map(Number)

/** Kills the service, starts it again, and waits for so many notifications; how long that took is checked. */
async function crash(service: RunningService, bot: TestBot, count: number, restarting: () => void = () => undefined) {
  const killedAt = Date.now()
  await service.kill()
  restarting()
  await service.restart()
  const received = await bot.waitFor(count, BOUND_MS)
  expect(Date.now() - killedAt).toBeLessThan(BOUND_MS)
  return received
}

/** Waits until nobody is at the call any more, and no hint is under way that could bring somebody. */
async function becomeQuiet(service: RunningService, callId: string): Promise<void> {
  await expect.poll(async () => (await storeOf(service).readDelivery(callId))?.value.owner, PATIENTLY).toBeUndefined()
  const client = QueueServiceClient.fromConnectionString(service.storage).getQueueClient('notifications')
  await expect.poll(async () => (await client.getProperties()).approximateMessagesCount, PATIENTLY).toBe(0)
}

/** Messages that their reader died with stay hidden for ten minutes: there are some, and nobody has waited for them. */
async function expectHidden({ storage }: RunningService, queue: string): Promise<void> {
  const client = QueueServiceClient.fromConnectionString(storage).getQueueClient(queue)
  // Hints that are still to be read are not meant.
  await expect.poll(async () => (await client.peekMessages()).peekedMessageItems, PATIENTLY).toEqual([])
  const { approximateMessagesCount } = await client.getProperties()
  expect(approximateMessagesCount).toBeGreaterThan(0)
}

test('a command whose service dies between commit and wake is delivered all the same', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const proxy = await startQueueProxy()
  onTestFinished(() => proxy.close())
  const { service, bot } = await start(proxy.through)
  const { id } = (await createCall(bot)).body
  await bot.waitFor(3)
  await becomeQuiet(service, id)

  proxy.hold()
  const answer = bot.request('DELETE', `${CALLS}/${id}`).catch(() => 'no answer')
  await proxy.held('notifications')
  const store = storeOf(service)
  const committed = present((await store.read(id)).record)
  expect(committed).toMatchObject({ sequence: 4, call: { state: 'terminating' } })
  expect((await store.readDelivery(id))?.value.cursor).toBe(3)

  const received = await crash(service, bot, 5, proxy.release)
  expect(await answer).toBe('no answer')
  expect(sequencesOf(received)).toEqual([1, 2, 3, 4, 5])
  expect(bot.flow().slice(3)).toEqual(['updated call terminating', 'deleted call terminated'])
})

test('a call whose service dies right after its making rings, and is answered', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const proxy = await startQueueProxy()
  onTestFinished(() => proxy.close())
  const { service, bot } = await start(proxy.through)
  proxy.hold()
  const answer = createCall(bot).catch(() => 'no answer')
  await proxy.held('notifications')
  await proxy.held('call-timers')
  expect(bot.received).toEqual([])

  const received = await crash(service, bot, 3, proxy.release)
  expect(await answer).toBe('no answer')
  expect(sequencesOf(received)).toEqual([1, 2, 3])
  expect(bot.flow()).toEqual(['updated call establishing', 'updated call established', 'updated call with audio'])
})

test('a notification whose service dies in the middle of its POST comes again as the same, and the others follow', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const { service, bot } = await start()
  const answering = bot.onNotification
  // The first notification is never answered; what follows waits for it.
  bot.onNotification = () => undefined
  const { id } = (await createCall(bot)).body
  await bot.waitFor(1)
  const delivery = await storeOf(service).readDelivery(id)
  expect(delivery?.value).toMatchObject({ cursor: 0, owner: expect.any(String), unresolvedAttempts: 1 })

  const received = await crash(service, bot, 4, () => {
    bot.onNotification = answering
  })
  const [first, again] = received
  expect(sequencesOf(received)).toEqual([1, 1, 2, 3])
  for (const name of ['ringback-notification-id', 'x-microsoft-skype-message-id', 'scenario-id']) {
    expect(first?.headers[name]).toMatch(/^[0-9a-f-]{36}$/)
    expect(again?.headers[name]).toBe(first?.headers[name])
  }
  expect(received.map(header('ringback-attempt'))).toEqual(['1', '2', '1', '1'])
  expect(again?.text).toBe(first?.text)
  await expectHidden(service, 'notifications')

  // And the call goes on as if nothing had been.
  expect((await bot.request('DELETE', `${CALLS}/${id}`)).status).toBe(204)
  await bot.waitFor(6)
  expect(sequencesOf(bot.received)).toEqual([1, 1, 2, 3, 4, 5])
})

test('a service that dies again and again loses nothing and changes no order', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const { service, bot } = await start()
  const answering = bot.onNotification
  const { id } = (await createCall(bot)).body
  await bot.waitFor(3)
  bot.onNotification = () => undefined
  expect((await bot.request('DELETE', `${CALLS}/${id}`)).status).toBe(204)
  await bot.waitFor(4)
  await crash(service, bot, 5)
  const received = await crash(service, bot, 7, () => {
    bot.onNotification = answering
  })
  expect(sequencesOf(received)).toEqual([1, 2, 3, 4, 4, 4, 5])
  expect(received.slice(3, 6).map(header('ringback-attempt'))).toEqual(['1', '2', '3'])
  expect(new Set(received.slice(3, 6).map(header('ringback-notification-id'))).size).toBe(1)
})

/** A caller in a peer-to-peer call, and a meeting with the bot alone; nothing is under way any more. */
async function callAndMeeting(service: RunningService, bot: TestBot) {
  const personId = randomUUID()
  const targets = [{ identity: user(personId) }]
  const { callbackUri } = bot
  const old = (await bot.request('POST', CALLS, { callbackUri, targets, mediaConfig: SERVICE_HOSTED })).body.id
  await bot.waitFor(3)
  const meetingInfo = { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'token' }
  const now = (await bot.request('POST', CALLS, { callbackUri, meetingInfo })).body.id
  await bot.waitFor(6)
  for (const id of [old, now]) await becomeQuiet(service, id)
  const participants = [{ identity: { user: { id: personId } }, replacesCallId: old }]
  return { old, now, invite: () => bot.request('POST', `${CALLS}/${now}/participants/invite`, { participants }) }
}

const MOVED = ['deleted operations completed', 'updated participants 2', 'deleted call terminated']

test('somebody whose move is only accepted when the service dies is moved after the restart, once', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const proxy = await startQueueProxy()
  onTestFinished(() => proxy.close())
  const { service, bot } = await start(proxy.through)
  const { old, now, invite } = await callAndMeeting(service, bot)
  proxy.hold()
  const answer = invite().catch(() => 'no answer')
  await proxy.held('call-timers')

  await crash(service, bot, 9, proxy.release)
  expect(await answer).toBe('no answer')
  expect(bot.flow().slice(6)).toEqual(MOVED)
  expect((await bot.request('GET', `${CALLS}/${old}`)).status).toBe(404)
  expect((await bot.request('GET', `${CALLS}/${now}/participants`)).body.value).toHaveLength(2)
})

test('a service that dies when somebody has come into the new call ends the old one after the restart, once', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const { service, bot } = await start()
  const { old, invite } = await callAndMeeting(service, bot)
  expect((await invite()).status).toBe(200)
  await bot.waitFor(8)

  await crash(service, bot, 9)
  // What was acknowledged just before the crash may come again, as the same.
  await expect.poll(() => bot.flow(), { timeout: BOUND_MS }).toContain('deleted call terminated')
  const ids = bot.received.map(header('ringback-notification-id'))
  const once = bot.flow().filter((_, index) => ids.indexOf(ids[index]) === index)
  expect(once.slice(6)).toEqual(MOVED)
  expect((await storeOf(service).read(old)).record?.call).toMatchObject({ state: 'terminated', endReason: 'replaced' })
})
