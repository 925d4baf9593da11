import { randomUUID } from 'node:crypto'
import { QueueServiceClient } from '@azure/storage-queue'
import { expect, onTestFinished, test } from 'vitest'
import { AzureTables } from '../../../shared/storage/azure.js'
import { CallStore } from '../../../shared/storage/callStore.js'
import { assertDefined } from '../../support/serviceFixture.js'
import { type RunningService, startService } from '../../support/serviceProcess.js'
import { type Received, SERVICE_HOSTED, startBot, type TestBot, user } from '../../support/testBot.js'
import { CALLS, header, PATIENCE_MS, SHORT_TIMES } from './harness.js'
import { type QueueProxy, startQueueProxy } from './queueProxy.js'

// The service is killed at a critical moment and started again on the same storage.

/**
 * From the kill until everything is delivered. A quiet machine needs up to 12 s: the start of a process, a bucket of
 * 5 s, a lease of 3 s with its skew, and a sweep of 2 s. A busy machine needs several times that. A message stays
 * hidden for ten minutes after its reader died, so the bound still proves that the sweep finds the call without it.
 */
const MAX_RECOVERY_MS = 60_000
const TEST_TIMEOUT_MS = 240_000
const PATIENTLY = { timeout: PATIENCE_MS }

interface Started {
  readonly service: RunningService
  readonly bot: TestBot
}

async function start(through?: (storage: string) => string): Promise<Started> {
  const service = await startService(SHORT_TIMES, through)
  onTestFinished(() => service.stop())
  const bot = await startBot(service.baseUrl)
  onTestFinished(() => bot.close())
  return { service, bot }
}

async function startWithProxy(): Promise<Started & { proxy: QueueProxy }> {
  const proxy = await startQueueProxy()
  onTestFinished(() => proxy.close())
  return { ...(await start(proxy.rewriteConnectionString)), proxy }
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
const ignoreNotification = () => undefined

/** Kills the service, restarts it, and waits for a number of notifications, at most as long as a recovery may take. */
async function crash(
  service: RunningService,
  bot: TestBot,
  count: number,
  beforeRestart: () => void = () => undefined,
): Promise<readonly Received[]> {
  const killedAt = Date.now()
  await service.kill()
  beforeRestart()
  await service.restart()
  const received = await bot.waitFor(count, MAX_RECOVERY_MS)
  expect(Date.now() - killedAt, 'recovery time in ms').toBeLessThan(MAX_RECOVERY_MS)
  return received
}

const queueOf = ({ storage }: RunningService, queue: string) =>
  QueueServiceClient.fromConnectionString(storage).getQueueClient(queue)

/** Waits until no host holds the lease of the call and no wake-up is queued. */
async function waitUntilIdle(service: RunningService, callId: string): Promise<void> {
  await expect.poll(async () => (await storeOf(service).readDelivery(callId))?.value.owner, PATIENTLY).toBeUndefined()
  const queue = queueOf(service, 'notifications')
  await expect.poll(async () => (await queue.getProperties()).approximateMessagesCount, PATIENTLY).toBe(0)
}

/** Checks that a queue has messages that their dead reader hides, so that the recovery did not depend on them. */
async function expectHiddenMessages(service: RunningService, queueName: string): Promise<void> {
  const queue = queueOf(service, queueName)
  // Wake-ups that are visible are still to be read.
  await expect.poll(async () => (await queue.peekMessages()).peekedMessageItems, PATIENTLY).toEqual([])
  const { approximateMessagesCount } = await queue.getProperties()
  expect(approximateMessagesCount).toBeGreaterThan(0)
}

test('a service that dies between a commit and its wake-up delivers the notifications after the restart', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const { service, bot, proxy } = await startWithProxy()
  const { id } = (await createCall(bot)).body
  await bot.waitFor(3, PATIENCE_MS)
  await waitUntilIdle(service, id)

  proxy.hold()
  const reply = bot.request('DELETE', `${CALLS}/${id}`).catch(() => 'no reply')
  await proxy.held('notifications')
  const store = storeOf(service)
  const committed = assertDefined((await store.read(id)).record)
  expect(committed).toMatchObject({ sequence: 5, call: { state: 'terminated' } })
  expect((await store.readDelivery(id))?.value.cursor).toBe(3)

  const received = await crash(service, bot, 5, proxy.release)
  expect(await reply).toBe('no reply')
  expect(sequencesOf(received)).toEqual([1, 2, 3, 4, 5])
  expect(bot.flow().slice(3)).toEqual(['updated call terminating', 'deleted call terminated'])
})

test('a call whose service dies right after the creation rings and is answered after the restart', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const { service, bot, proxy } = await startWithProxy()
  proxy.hold()
  const reply = createCall(bot).catch(() => 'no reply')
  await proxy.held('notifications')
  await proxy.held('call-timers')
  expect(bot.received).toEqual([])

  const received = await crash(service, bot, 3, proxy.release)
  expect(await reply).toBe('no reply')
  expect(sequencesOf(received)).toEqual([1, 2, 3])
  expect(bot.flow()).toEqual(['updated call establishing', 'updated call established', 'updated call with audio'])
})

test('a notification whose service dies during the POST is sent again unchanged, and the next ones follow', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const { service, bot } = await start()
  const acknowledge = bot.onNotification
  bot.onNotification = ignoreNotification
  const { id } = (await createCall(bot)).body
  await bot.waitFor(1, PATIENCE_MS)
  const delivery = await storeOf(service).readDelivery(id)
  expect(delivery?.value).toMatchObject({ cursor: 0, owner: expect.any(String), unresolvedAttempts: 1 })

  const received = await crash(service, bot, 4, () => {
    bot.onNotification = acknowledge
  })
  const [first, second] = received
  expect(sequencesOf(received)).toEqual([1, 1, 2, 3])
  for (const name of ['ringback-notification-id', 'x-microsoft-skype-message-id', 'scenario-id']) {
    expect(first?.headers[name]).toMatch(/^[0-9a-f-]{36}$/)
    expect(second?.headers[name]).toBe(first?.headers[name])
  }
  expect(received.map(header('ringback-attempt'))).toEqual(['1', '2', '1', '1'])
  expect(second?.text).toBe(first?.text)
  await expectHiddenMessages(service, 'notifications')

  // The call accepts commands as before.
  expect((await bot.request('DELETE', `${CALLS}/${id}`)).status).toBe(204)
  await bot.waitFor(6, PATIENCE_MS)
  expect(sequencesOf(bot.received)).toEqual([1, 1, 2, 3, 4, 5])
})

test('a service that dies twice in a row loses no notification and keeps their order', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const { service, bot } = await start()
  const acknowledge = bot.onNotification
  const { id } = (await createCall(bot)).body
  await bot.waitFor(3, PATIENCE_MS)
  bot.onNotification = ignoreNotification
  expect((await bot.request('DELETE', `${CALLS}/${id}`)).status).toBe(204)
  await bot.waitFor(4, PATIENCE_MS)
  await crash(service, bot, 5)
  const received = await crash(service, bot, 7, () => {
    bot.onNotification = acknowledge
  })
  expect(sequencesOf(received)).toEqual([1, 2, 3, 4, 4, 4, 5])
  expect(received.slice(3, 6).map(header('ringback-attempt'))).toEqual(['1', '2', '3'])
  expect(new Set(received.slice(3, 6).map(header('ringback-notification-id'))).size).toBe(1)
})

/** Creates a peer-to-peer call with a person and a meeting with the bot alone, and waits until both are idle. */
async function createCallAndMeeting(service: RunningService, bot: TestBot) {
  const personId = randomUUID()
  const targets = [{ identity: user(personId) }]
  const { callbackUri } = bot
  const oldCall = (await bot.request('POST', CALLS, { callbackUri, targets, mediaConfig: SERVICE_HOSTED })).body.id
  await bot.waitFor(3, PATIENCE_MS)
  const meetingInfo = { '@odata.type': '#microsoft.graph.tokenMeetingInfo', token: 'token' }
  const newCall = (await bot.request('POST', CALLS, { callbackUri, meetingInfo })).body.id
  await bot.waitFor(6, PATIENCE_MS)
  for (const id of [oldCall, newCall]) await waitUntilIdle(service, id)
  const participants = [{ identity: { user: { id: personId } }, replacesCallId: oldCall }]
  const invite = () => bot.request('POST', `${CALLS}/${newCall}/participants/invite`, { participants })
  return { oldCall, newCall, invite }
}

const REPLACEMENT = ['deleted operations completed', 'updated participants 2', 'deleted call terminated']

test('a service that dies after it accepted a replacement carries it out after the restart, once', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const { service, bot, proxy } = await startWithProxy()
  const { oldCall, newCall, invite } = await createCallAndMeeting(service, bot)
  proxy.hold()
  const reply = invite().catch(() => 'no reply')
  await proxy.held('call-timers')

  await crash(service, bot, 9, proxy.release)
  expect(await reply).toBe('no reply')
  expect(bot.flow().slice(6)).toEqual(REPLACEMENT)
  expect((await bot.request('GET', `${CALLS}/${oldCall}`)).status).toBe(404)
  expect((await bot.request('GET', `${CALLS}/${newCall}/participants`)).body.value).toHaveLength(2)
})

test('a service that dies after a participant joined the new call ends the old one after the restart, once', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const { service, bot } = await start()
  const { oldCall, invite } = await createCallAndMeeting(service, bot)
  expect((await invite()).status).toBe(200)
  await bot.waitFor(8, PATIENCE_MS)

  await crash(service, bot, 9)
  // A notification that was acknowledged just before the crash may arrive again with the same id.
  await expect.poll(() => bot.flow(), { timeout: MAX_RECOVERY_MS }).toContain('deleted call terminated')
  const ids = bot.received.map(header('ringback-notification-id'))
  const firstArrivals = bot.flow().filter((_, index) => ids.indexOf(ids[index]) === index)
  expect(firstArrivals.slice(6)).toEqual(REPLACEMENT)
  expect((await storeOf(service).read(oldCall)).record?.call).toMatchObject({
    state: 'terminated',
    endReason: 'replaced',
  })
})
