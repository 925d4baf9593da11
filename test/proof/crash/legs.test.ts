import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { type RunningHost, startService } from '../../support/serviceProcess.js'
import { LOAD_SECONDS } from '../../support/sizes.js'
import { type Application, type Applications, type Name, startApplications } from './applications.js'
import { expectArrivalsInOrder, SHORT_TIMES } from './harness.js'

// Bots in two dialects call each other and meet, while the processes of the service are killed. Afterwards no
// notification is missing, and the calls of the bots agree.

/** Nothing times out while a process starts on a busy machine. */
const SETTINGS = { ...SHORT_TIMES, ANSWER_TIMEOUT_MS: '600000', RING_TIMEOUT_MS: '600000' }
/**
 * From a kill until all calls agree. A quiet machine needs up to 20 s: the start of a process, a sweep, a lease, and the
 * next reading of the other calls, which is due every 10 s. A busy machine needs several times that.
 */
const AGREED = { timeout: 120_000, interval: 200 }

async function startHosts(count: number): Promise<RunningHost[]> {
  const service = await startService(SETTINGS)
  onTestFinished(() => service.stop())
  const hosts: RunningHost[] = [service]
  while (hosts.length < count) {
    const host = await service.startAnother()
    onTestFinished(() => host.stop())
    hosts.push(host)
  }
  return hosts
}

/** The call of an application. */
interface OwnCall {
  readonly application: Application
  readonly callId: string
}

const rostersOf = (calls: readonly OwnCall[]): Promise<string[]> =>
  Promise.all(calls.map(({ application, callId }) => application.roster(callId)))

/** Waits until each of these calls has this roster. */
const expectRosters = (calls: readonly OwnCall[], roster: string): Promise<void> =>
  expect.poll(() => rostersOf(calls), AGREED).toEqual(calls.map(() => roster))

/** Waits until all notifications have arrived, and checks that each call has got all of its own, in order. */
async function expectNothingLost(applications: Applications): Promise<void> {
  for (const application of Object.values(applications)) {
    const pending = async () => (await listDeliveries(application)).filter(({ state }) => state !== 'delivered')
    await expect.poll(pending, AGREED).toEqual([])
    const { received } = application.bot
    for (const callId of application.callIds()) expectArrivalsInOrder(received, callId)
    const arrived = new Set(received.map(({ headers }) => headers['ringback-notification-id']))
    const lost = (await listDeliveries(application)).filter(({ id }) => !arrived.has(id))
    expect(lost, `lost by ${application.name}`).toEqual([])
  }
}

interface Delivery {
  readonly id: string
  readonly state: string
}

/** All notifications of an application. */
async function listDeliveries(application: Application): Promise<Delivery[]> {
  const deliveries: Delivery[] = []
  let path: string | undefined = `/deliveries?applicationId=${application.bot.applicationId}`
  while (path !== undefined) {
    const { body } = await application.request('GET', path)
    deliveries.push(...body.value)
    const next: string | undefined = body['@odata.nextLink']
    path = next && new URL(next).pathname + new URL(next).search
  }
  return deliveries
}

test('two bots call each other and a third joins their meeting, and each step survives a kill', {
  timeout: 900_000,
}, async () => {
  const hosts = await startHosts(1)
  const [host] = hosts as [RunningHost]
  const applications = await startApplications(hosts)
  const { alpha, beta, gamma } = applications
  /** Kills the process before what was requested can reach the other calls, and starts it again. */
  const crash = async () => {
    await host.kill()
    await host.restart()
  }
  const isEstablished = ({ application, callId }: OwnCall) => application.wasNotified(callId, 'established')

  const first = { application: alpha, callId: await alpha.calls(beta) }
  await crash()
  await expect.poll(() => beta.incoming(), AGREED).toHaveLength(1)
  const second = { application: beta, callId: await beta.calls(alpha) }
  await crash()
  await expect.poll(() => alpha.incoming(), AGREED).toHaveLength(1)
  const answered = [...beta.incoming(), ...alpha.incoming()]
  const calls = [
    first,
    second,
    { application: beta, callId: answered[0] ?? '' },
    { application: alpha, callId: answered[1] ?? '' },
  ]
  await crash()
  await expect.poll(() => calls.map(isEstablished), AGREED).toEqual([true, true, true, true])

  const threadId = `19:${randomUUID()}@thread.v2`
  const [amar, nora] = [`amar-${randomUUID()}`, `nora-${randomUUID()}`]
  const ofAlpha = { application: alpha, callId: await alpha.joins(threadId) }
  await alpha.admits(ofAlpha.callId, amar)
  const ofBeta = { application: beta, callId: await beta.joins(threadId) }
  await crash()
  await beta.admits(ofBeta.callId, nora)
  await crash()
  const ofGamma = { application: gamma, callId: await gamma.joins(threadId) }
  await crash()
  await expectRosters([ofAlpha, ofBeta, ofGamma], `alpha ${amar} beta gamma ${nora}`)

  await gamma.mutes(ofGamma.callId, 'beta')
  await crash()
  const muted = () =>
    Promise.all([ofAlpha, ofBeta, ofGamma].map(({ application, callId }) => application.muted(callId)))
  await expect.poll(muted, AGREED).toEqual(['beta', 'beta', 'beta'])
  expect([200, 404]).toContain((await gamma.request('POST', `/simulator/people/${nora}/leave`)).status)
  await crash()
  await alpha.hangsUp(ofAlpha.callId)
  await beta.hangsUp(second.callId)
  await crash()

  // Amar stays, in the call of another bot. Nora has left.
  await expectRosters([ofBeta, ofGamma], `${amar} beta gamma`)
  await expectRosters([ofAlpha, second, { application: alpha, callId: answered[1] ?? '' }], 'gone')
  await expectNothingLost(applications)
  for (const { application, callId } of [ofAlpha, second])
    expect(application.wasNotified(callId, 'terminated')).toBe(true)
  expect(await rostersOf([ofBeta, ofGamma])).toEqual([`${amar} beta gamma`, `${amar} beta gamma`])
})

/** What a client leaves behind when the load ends. */
interface Conversation {
  /** The call of a bot to another one, which has ended. */
  readonly ended: OwnCall
  /** The calls that are still in a meeting. */
  readonly inMeeting: readonly OwnCall[]
  readonly roster: string
}

const CLIENTS = 3

test('bots that call each other and meet agree after repeated kills of two hosts under load', {
  timeout: LOAD_SECONDS * 1000 + 900_000,
}, async () => {
  const hosts = await startHosts(2)
  const applications = await startApplications(hosts)
  const until = Date.now() + LOAD_SECONDS * 1000
  const killing = hosts.map((host) => killRepeatedly(host, until))
  const conversations = (
    await Promise.all(Array.from({ length: CLIENTS }, () => runClient(applications, until)))
  ).flat()
  const kills = await Promise.all(killing)

  for (const { ended, inMeeting, roster } of conversations) {
    await expectRosters(inMeeting, roster)
    await expectRosters([ended], 'gone')
  }
  // Each call of a bot that ended has ended for the other bot, too.
  const incoming = Object.values(applications).flatMap((application) =>
    application.incoming().map((callId) => ({ application, callId })),
  )
  await expectRosters(incoming, 'gone')
  expect(incoming).toHaveLength(conversations.length)
  await expectNothingLost(applications)
  const posts = Object.values(applications).reduce((sum, { bot }) => sum + bot.received.length, 0)
  console.log(`${kills.join(' + ')} kills, ${conversations.length} conversations, ${posts} POSTs`)
  expect(Math.min(...kills), 'kills of each host').toBeGreaterThanOrEqual(1)
})

/** Returns the number of kills. */
async function killRepeatedly(host: RunningHost, until: number): Promise<number> {
  let kills = 0
  while (Date.now() < until) {
    await sleep(1_000 + Math.random() * 3_000)
    await host.kill()
    kills += 1
    await host.restart()
  }
  return kills
}

/** Lets bots call each other and meet, again and again. */
async function runClient(applications: Applications, until: number): Promise<Conversation[]> {
  const conversations: Conversation[] = []
  while (Date.now() < until) conversations.push(await converse(applications))
  return conversations
}

/**
 * A bot calls another one and hangs up at a random moment. Three bots meet, two people join, one bot and one person
 * leave.
 */
async function converse(applications: Applications): Promise<Conversation> {
  const [one, two, three] = shuffle(Object.values(applications)) as [Application, Application, Application]
  const pause = () => sleep(Math.random() * 500)
  const ended = { application: one, callId: await one.calls(two) }
  await expect.poll(() => one.wasNotified(ended.callId, 'established'), AGREED).toBe(true)
  const threadId = `19:${randomUUID()}@thread.v2`
  const [amar, nora] = [`amar-${randomUUID()}`, `nora-${randomUUID()}`]
  const leaving = await one.joins(threadId)
  await one.admits(leaving, amar)
  const second = { application: two, callId: await two.joins(threadId) }
  await two.admits(second.callId, nora)
  await pause()
  const third = { application: three, callId: await three.joins(threadId) }
  await pause()
  await one.hangsUp(ended.callId)
  await expect.poll(() => two.roster(second.callId), AGREED).toContain(amar)
  await two.request('POST', `/simulator/people/${nora}/leave`)
  await one.hangsUp(leaving)
  const names = [amar, two.name, three.name] satisfies (Name | string)[]
  return { ended, inMeeting: [second, third], roster: names.sort().join(' ') }
}

const shuffle = <T>(values: readonly T[]): T[] =>
  values
    .map((value) => ({ value, order: Math.random() }))
    .sort((one, other) => one.order - other.order)
    .map(({ value }) => value)
